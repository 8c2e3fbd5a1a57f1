import { randomBytes } from 'node:crypto';
import { queryRows } from '../../proxy/auth/simple-query.ts';
import { connectUpstream } from '../../proxy/auth/upstream-connect.ts';
import { systemTimers } from '../../proxy/stepup/timers.ts';
import { PgError } from '../../proxy/wire/pg-error.ts';
import { hasCluster, makeCluster, startCluster } from './cluster.ts';
import { DemoError } from './demo-error.ts';
import { freePort } from './free-port.ts';
import { stopLeftover } from './leftover.ts';
import { openFolder, postgresBinaries } from './postgres-binaries.ts';
import { databaseUser } from './system-user.ts';

export type DemoPostgres = {
  readonly port: number;
  /** As asked for, unless the database's own user could not have entered there. */
  readonly dataDir: string;
  hasDatabase(name: string): Promise<boolean>;
  /** Runs SQL as the superuser; several statements may be in one text. */
  run(database: string, sql: string): Promise<void>;
  stop(): Promise<void>;
};

export type DemoPostgresOptions = {
  readonly dataDir: string;
  readonly superuserPassword: string;
  readonly progress: (step: string) => void;
};

/**
 * Starts the embedded PostgreSQL on a free port of 127.0.0.1, making its data folder when there is none.
 * @throws DemoError when its programs are not installed or cannot run here
 */
export async function startDemoPostgres(options: DemoPostgresOptions): Promise<DemoPostgres> {
  const { progress, superuserPassword: password } = options;
  const user = databaseUser(options.dataDir);
  const dataDir = openFolder(options.dataDir, user);
  const cluster = { binaries: await postgresBinaries(user), user, dataDir };
  await stopLeftover(dataDir);
  if (!hasCluster(dataDir)) {
    progress('making a database cluster');
    await makeCluster(cluster, password);
  }
  progress('starting PostgreSQL');
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300'];
  const server = await startCluster(cluster, settings);
  const query = async (database: string, sql: string) => {
    try {
      return await superuserQuery({ port, password, database }, sql);
    } catch (error) {
      if (!(error instanceof PgError)) throw error;
      throw new DemoError(`PostgreSQL in ${dataDir} says: ${error.message}; remove the folder to begin anew`);
    }
  };
  return {
    port,
    dataDir,
    hasDatabase: async (name) =>
      (await query('postgres', 'SELECT datname FROM pg_database')).some(([found]) => found === name),
    run: async (database, sql) => void (await query(database, sql)),
    stop: async () => server.stop(),
  };
}

type Place = { readonly port: number; readonly password: string; readonly database: string };

async function superuserQuery(place: Place, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const target = {
    ...place,
    host: '127.0.0.1',
    user: 'postgres',
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
  } as const;
  const parameters = new Map([['application_name', 'stepward demo']]);
  const connection = await connectUpstream(target, parameters, { randomBytes, timers: systemTimers });
  connection.stream.on('error', () => undefined);
  try {
    return await queryRows(connection, sql);
  } finally {
    connection.stream.destroy();
  }
}
