import { readFileSync, realpathSync } from 'node:fs';
import { isSeq, parseDocument } from 'yaml';
import type { ConfigError } from '../config/yaml-source.ts';
import type { PersonEntry } from './make-person.ts';
import { parsePeople } from './people-file.ts';
import { writeAtomically } from './write-atomically.ts';

export type EditResult = { readonly ok: true } | { readonly ok: false; readonly errors: readonly ConfigError[] };

const header =
  '# People who may log in to stepward. Holds TOTP secrets: keep it readable by the proxy only (mode 0600).\n';

/**
 * Adds a person to the file, which is made when it is missing. Comments and the order of the file stay; nothing is
 * written unless the result would load.
 * @throws Error when the file cannot be written
 */
export function addPersonToFile(path: string, entry: PersonEntry): EditResult {
  const before = readIfPresent(path);
  const document = parseDocument(before ?? `${header}people: []\n`);
  const list = document.get('people');
  if (document.errors.length > 0 || !isSeq(list)) return refused(before ?? '');
  list.flow = false;
  list.add(document.createNode(entry));
  const after = document.toString({ lineWidth: 0 });
  const parsed = parsePeople(after);
  if (parsed.kind === 'invalid') return { ok: false, errors: parsed.errors };
  writeAtomically(before === undefined ? path : realpathSync(path), after, 0o600);
  return { ok: true };
}

function refused(text: string): EditResult {
  const parsed = parsePeople(text);
  const fallback = [{ path: 'people', message: 'expected a list of people' }];
  return { ok: false, errors: parsed.kind === 'invalid' ? parsed.errors : fallback };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
