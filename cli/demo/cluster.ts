import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DemoError } from './demo-error.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { SystemUser } from './system-user.ts';

export type ClusterOptions = {
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser;
  readonly dataDir: string;
};

export function hasCluster(dataDir: string): boolean {
  return existsSync(join(dataDir, 'PG_VERSION'));
}

/**
 * Makes a cluster with the superuser `postgres`, SCRAM login, UTF-8 and the C locale.
 * Made under another name and renamed at the end: a start that was cut short leaves nothing that looks finished.
 * @throws DemoError with what initdb said
 */
export async function makeCluster({ binaries, user, dataDir }: ClusterOptions, password: string): Promise<void> {
  const unfinished = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(dataDir), { recursive: true });
  mkdirSync(unfinished, { mode: 0o700 });
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== undefined) for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  try {
    await runToEnd(start(binaries.initdb, ['-D', unfinished, '--locale=C', '--no-instructions', ...flags], user));
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(dataDir, { recursive: true, force: true });
  renameSync(unfinished, dataDir);
}

/**
 * Starts PostgreSQL on a cluster and waits until it accepts connections. It has a process group of its own: Ctrl-C on the
 * terminal is for stepward, which lets statements finish before it stops the database.
 * @param settings for `-c`: `listen_addresses=127.0.0.1`
 * @throws DemoError with the end of the log
 */
export async function startCluster(
  { binaries, user, dataDir }: ClusterOptions,
  settings: readonly string[],
): Promise<{ stop(): Promise<void> }> {
  const server = start(binaries.postgres, ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])], user);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const interrupt = (): void => void server.kill('SIGINT');
  process.once('exit', interrupt);
  try {
    await ready(server);
  } catch (error) {
    process.removeListener('exit', interrupt);
    throw error;
  }
  return {
    stop: async () => {
      // "Fast shutdown": open transactions are rolled back, sessions end.
      interrupt();
      await ended;
      process.removeListener('exit', interrupt);
    },
  };
}

function start(program: string, args: readonly string[], user: SystemUser): ChildProcess {
  return spawn(program, args, {
    ...user,
    // Messages in English, because readiness is read from them; none of libpq's variables.
    env: { PATH: process.env['PATH'], TZ: process.env['TZ'], LC_ALL: 'C', SystemRoot: process.env['SystemRoot'] },
    // The folder stepward was started in may be closed to the database's user.
    cwd: dirname(program),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
}

async function runToEnd(child: ChildProcess): Promise<void> {
  const log = collect(child);
  const interrupt = (): void => void child.kill('SIGINT');
  process.once('exit', interrupt);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new DemoError(cannotRun(child, error))));
    child.once('close', resolve);
  }).finally(() => process.removeListener('exit', interrupt));
  if (code !== 0) throw new DemoError(`PostgreSQL's initdb failed:\n${log()}`);
}

async function ready(child: ChildProcess): Promise<void> {
  const log = collect(child);
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', () => {
      if (log().includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', (error) => reject(new DemoError(cannotRun(child, error))));
    child.once('close', () => reject(new DemoError(`PostgreSQL did not start:\n${log()}`)));
  });
}

function cannotRun(child: ChildProcess, error: Error): string {
  return `${child.spawnfile} cannot be run here: ${error.message}`;
}

/** The last 4,000 characters of what a process printed. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-4_000);
    });
  }
  return () => text.trim();
}
