import { run } from './processes.ts';
import { DATABASE, PASSWORD, type Target } from './targets.ts';

export type Case = {
  readonly name: string;
  readonly mode: 'simple' | 'prepared';
  readonly script: string;
  readonly clients: number;
  /** A connection of its own, login included, for each statement. */
  readonly connects?: boolean;
  readonly isInShort: boolean;
};

/** 100 different statements, seen again and again: what an application sends. */
const SEEN = '\\set aid random(1, 100)\nSELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n';

/** A text never seen before, nearly always: each one is parsed, resolved and decided. */
const NEW =
  '\\set aid random(1, 500000)\n\\set x random(1, 1000000000)\n' +
  'SELECT abalance, :x FROM pgbench_accounts WHERE aid = :aid;\n';

export const CASES: readonly Case[] = [
  { name: 'simple, 1 client', mode: 'simple', script: SEEN, clients: 1, isInShort: true },
  { name: 'simple, 8 clients', mode: 'simple', script: SEEN, clients: 8, isInShort: true },
  { name: 'simple, 32 clients', mode: 'simple', script: SEEN, clients: 32, isInShort: false },
  { name: 'prepared, 1 client', mode: 'prepared', script: SEEN, clients: 1, isInShort: false },
  { name: 'prepared, 8 clients', mode: 'prepared', script: SEEN, clients: 8, isInShort: true },
  { name: 'prepared, 32 clients', mode: 'prepared', script: SEEN, clients: 32, isInShort: true },
  { name: 'simple, always new, 8 clients', mode: 'simple', script: NEW, clients: 8, isInShort: false },
  { name: 'login, 4 clients', mode: 'simple', script: 'SELECT 1;\n', clients: 4, connects: true, isInShort: true },
];

export type Run = { readonly transactions: number; readonly perSecond: number };

/** pgbench counts the logins into its time: on a busy machine they can take all of it. */
const ATTEMPTS = 4;

/**
 * One run of pgbench. Repeated with twice the time when hardly anything was done in it.
 * @param file holds the script
 * @throws when pgbench fails, or even the longest run brings nothing
 */
export async function runPgbench(target: Target, each: Case, file: string, seconds: number): Promise<Run> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const result = await once(target, each, file, seconds * 2 ** attempt);
    if (result.transactions >= each.clients) return result;
  }
  throw new Error(`${target.name}: no transactions in "${each.name}"`);
}

async function once(target: Target, each: Case, file: string, seconds: number): Promise<Run> {
  const where = ['-n', '-h', '127.0.0.1', '-p', String(target.port), '-U', target.user];
  const what = ['-M', each.mode, '-f', file, ...(each.connects === true ? ['-C'] : [])];
  const load = ['-c', String(each.clients), '-j', String(Math.min(each.clients, 2)), '-T', String(seconds)];
  const output = await run('pgbench', [...where, ...what, ...load, DATABASE], { PGPASSWORD: PASSWORD });
  return {
    transactions: Number(/actually processed: (\d+)/.exec(output)?.[1] ?? 0),
    perSecond: Number(/tps = ([\d.]+)/.exec(output)?.[1] ?? 0),
  };
}
