import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { StartError } from './start-error.ts';
import { openPeople, type People } from './stepup/people.ts';
import { persistentSecret, type StateDb } from './stepup/state-db.ts';

/** @throws StartError with one line for each mistake */
export function openPeopleFile(config: Config, db: StateDb, log: Logger): People {
  const opened = openPeople({ path: config.people, mockSecret: persistentSecret(db, 'mock-salt', 32, randomBytes) });
  if (opened.kind === 'invalid') {
    const lines = opened.errors.map(({ path, message, line }) => lineOf(config.people, path, message, line));
    throw new StartError(lines.join('\n'), { isConfiguration: true });
  }
  for (const warning of opened.people.warnings()) log.warn(warning);
  return opened.people;
}

export function lineOf(file: string, path: string, message: string, line: number | undefined): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** Every group that somebody is in. */
export function groupsOf(people: People): readonly string[] {
  return [...new Set(people.names.flatMap((name) => people.find(name)?.principal.groups ?? []))];
}
