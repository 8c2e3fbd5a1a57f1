import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';

const TRIES = 200;
const PAUSE_MS = 50;

/**
 * A cluster that an earlier demo left running (stepward was killed with SIGKILL) is stopped first: it is ours by its data
 * folder.
 * @throws DemoError when it does not stop within ten seconds
 */
export async function stopLeftover(dataDir: string): Promise<void> {
  const pid = postmasterPid(dataDir);
  if (pid === undefined || !isPostmasterOf(pid, dataDir)) return;
  process.kill(pid, 'SIGINT');
  for (let i = 0; i < TRIES; i++) {
    if (!isPostmasterOf(pid, dataDir)) return;
    await wait(PAUSE_MS);
  }
  throw new DemoError(`a PostgreSQL (process ${pid}) is still running in ${dataDir}; stop it first`);
}

/** The first line of the file that a running PostgreSQL keeps; it stays behind when the machine stops. */
function postmasterPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
  // 0 and 1 would be signals to our own group, or to init.
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Process ids are used again: only one whose command line names our data folder may be stopped. */
function isPostmasterOf(pid: number, dataDir: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { encoding: 'utf8' });
  if (typeof stdout === 'string' && stdout !== '') return stdout.includes(dataDir);
  // Slim images have no ps.
  const commandLine = `/proc/${pid}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(dataDir);
}
