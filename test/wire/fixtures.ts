import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseScripts, type Script } from './script.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/wire/', import.meta.url));

export type ScriptFile = { readonly topic: string; readonly path: string; readonly scripts: readonly Script[] };

/** @param folder below test/fixtures/wire; the empty string is that folder itself */
export function scriptFiles(folder: string): readonly ScriptFile[] {
  const names = readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith('.script'));
  if (names.length === 0) throw new Error(`no scripts in ${join(FOLDER, folder)}`);
  return names.sort().map((name) => {
    const path = join(FOLDER, folder, name);
    return { topic: basename(name, '.script'), path, scripts: parseScripts(readFileSync(path, 'utf8')) };
  });
}
