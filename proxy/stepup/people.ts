import { readFileSync, statSync } from 'node:fs';
import type { ConfigError } from '../config/yaml-source.ts';
import { parsePeople } from './people-file.ts';
import type { Person, PersonFinder } from './person.ts';

export type PeopleLoad = { readonly ok: true } | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Who may log in. Fits the PeopleDirectory of the login as it is.
 */
export type People = PersonFinder & {
  /** Keys the pretended salts of names that do not exist; must stay the same over restarts, or it tells them apart. */
  readonly mockSecret: Buffer;
  readonly names: readonly string[];
  /** Reads the file again; on any error the set that is loaded stays. */
  reload(): PeopleLoad;
  /** Called after each reload that worked; returns what ends that. */
  onReload(listener: () => void): () => void;
  /** What `stepward doctor` should say about the file. */
  warnings(): readonly string[];
};

export type PeopleOpen =
  | { readonly kind: 'people'; readonly people: People }
  | { readonly kind: 'invalid'; readonly errors: readonly ConfigError[] };

/** Loads the people file. Never throws. */
export function openPeople(deps: { readonly path: string; readonly mockSecret: Buffer }): PeopleOpen {
  const first = readPeople(deps.path);
  if (first.kind === 'invalid') return first;
  let current: ReadonlyMap<string, Person> = first.people;
  const listeners = new Set<() => void>();
  const people: People = {
    mockSecret: deps.mockSecret,
    find: (name) => current.get(name),
    get names() {
      return [...current.keys()];
    },
    reload: () => {
      const next = readPeople(deps.path);
      if (next.kind === 'invalid') return { ok: false, errors: next.errors };
      current = next.people;
      for (const listener of listeners) listener();
      return { ok: true };
    },
    onReload: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    warnings: () => modeWarnings(deps.path),
  };
  return { kind: 'people', people };
}

function readPeople(path: string): ReturnType<typeof parsePeople> {
  try {
    return parsePeople(readFileSync(path, 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = error instanceof Error ? error.message : String(error);
    const message = isMissing
      ? `there is no file ${path}; \`stepward people add NAME\` makes it`
      : `cannot read ${path}: ${why}`;
    return { kind: 'invalid', errors: [{ path: '', message }] };
  }
}

/** TOTP secrets are as good as the second factor itself: nobody but the proxy's own user should read them. */
function modeWarnings(path: string): readonly string[] {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) === 0) return [];
    return [`${path} can be read by others (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 ${path}`];
  } catch {
    return [];
  }
}
