import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from './measure.ts';
import { run } from './processes.ts';
import { DATABASE, PASSWORD, type Target } from './targets.ts';
import { cpuMicroseconds } from './usage.ts';

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
  { name: 'prepared, 32 clients', mode: 'prepared', script: SEEN, clients: 32, isInShort: false },
  { name: 'simple, always new, 8 clients', mode: 'simple', script: NEW, clients: 8, isInShort: false },
  { name: 'login, 4 clients', mode: 'simple', script: 'SELECT 1;\n', clients: 4, connects: true, isInShort: true },
];

/** Runs the cases against one target after the other. */
export type Runner = {
  /** Unmeasured: compilers and caches get warm, and it is found out what a login costs. */
  warmUp(target: Target): Promise<void>;
  /**
   * One run of pgbench. Repeated with twice the time when hardly anything was done in it.
   * @throws when pgbench fails, or even the longest run brings nothing
   */
  run(target: Target, each: Case, seconds: number): Promise<Sample>;
};

/** pgbench counts the logins into its time: on a busy machine they can take all of it. */
const ATTEMPTS = 4;

/** @param folder for the scripts */
export function createRunner(folder: string): Runner {
  const loginCosts = new Map<string, number>();
  return {
    warmUp: async (target) => {
      await once(target, WARM_UP, folder, ['-T', '1']);
      const { cpu } = await once(target, WARM_UP, folder, ['-t', '1']);
      loginCosts.set(target.name, (cpu ?? 0) / WARM_UP.clients);
    },
    run: async (target, each, seconds) => {
      const logins = each.connects === true ? 0 : each.clients * (loginCosts.get(target.name) ?? 0);
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { count, perSecond, cpu } = await once(target, each, folder, ['-T', String(seconds * 2 ** attempt)]);
        const cpuEach = cpu === undefined ? undefined : Math.max(0, cpu - logins) / count;
        if (count >= each.clients) return { perSecond, cpu: cpuEach };
      }
      throw new Error(`${target.name}: no transactions in "${each.name}"`);
    },
  };
}

const WARM_UP: Case = { name: 'warm-up', mode: 'simple', script: SEEN, clients: 8, isInShort: true };

type Run = { readonly count: number; readonly perSecond: number; readonly cpu: number | undefined };

async function once(target: Target, each: Case, folder: string, duration: readonly string[]): Promise<Run> {
  const file = join(folder, 'script.sql');
  writeFileSync(file, each.script);
  const where = ['-n', '-h', '127.0.0.1', '-p', String(target.port), '-U', target.user];
  const what = ['-M', each.mode, '-f', file, ...(each.connects === true ? ['-C'] : [])];
  const load = ['-c', String(each.clients), '-j', String(Math.min(each.clients, 2)), ...duration];
  const before = cpuMicroseconds(target);
  const output = await run('pgbench', [...where, ...what, ...load, DATABASE], { PGPASSWORD: PASSWORD });
  const after = cpuMicroseconds(target);
  return {
    count: Number(/actually processed: (\d+)/.exec(output)?.[1] ?? 0),
    perSecond: Number(/tps = ([\d.]+)/.exec(output)?.[1] ?? 0),
    cpu: before === undefined || after === undefined ? undefined : after - before,
  };
}
