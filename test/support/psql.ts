import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { PASSWORD, type RunningStepward } from './running-stepward.ts';

export const HAS_PSQL = spawnSync('psql', ['--version']).status === 0;
if (!HAS_PSQL)
  process.stderr.write(
    'psql is not installed: the tests that need it are skipped (Debian: apt-get install postgresql-client)\n',
  );

export type Psql = {
  readonly process: ChildProcess;
  /** Everything printed so far, errors and notices among it. */
  output(): string;
  /** Resolves with all that was printed once psql has ended. */
  readonly ended: Promise<string>;
};

/** psql in the background, running commands one after the other. */
export function startPsql(
  stepward: RunningStepward,
  user: string,
  commands: readonly string[],
  settings: readonly string[] = [],
): Psql {
  const connection = `host=127.0.0.1 port=${stepward.port} user=${user} dbname=${stepward.shop.database}`;
  const args = [
    '-X',
    '-A',
    '-t',
    ...settings.flatMap((each) => ['-v', each]),
    connection,
    ...commands.flatMap((each) => ['-c', each]),
  ];
  const child = spawn('psql', args, {
    env: { ...process.env, PGPASSWORD: PASSWORD, PGCONNECT_TIMEOUT: '10' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(output)));
  return { process: child, output: () => output, ended };
}

/** psql from start to end. */
export async function runPsql(
  stepward: RunningStepward,
  user: string,
  ...commands: readonly string[]
): Promise<string> {
  return startPsql(stepward, user, commands).ended;
}
