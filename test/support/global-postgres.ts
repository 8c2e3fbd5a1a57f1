import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { makeCluster, startCluster } from '../../cli/demo/cluster.ts';
import { freePort } from '../../cli/demo/free-port.ts';
import { postgresBinaries } from '../../cli/demo/postgres-binaries.ts';
import { databaseUser } from '../../cli/demo/system-user.ts';
import type { PostgresAddress } from './postgres.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- declaration merging needs an interface
  interface ProvidedContext {
    postgres: PostgresAddress;
  }
}

/** One real PostgreSQL for the whole run, SCRAM login, gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'stepward-test-pg-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs as another user
  const password = randomBytes(12).toString('hex');
  const dataDir = join(folder, 'data');
  const user = databaseUser(dataDir);
  const cluster = { binaries: await postgresBinaries(user), user, dataDir };
  const port = await freePort();
  await makeCluster(cluster, password);
  const settings = [`port=${port}`, 'fsync=off', 'max_connections=300', 'listen_addresses=127.0.0.1'];
  const server = await startCluster(cluster, [...settings, 'unix_socket_directories=']);
  project.provide('postgres', { host: '127.0.0.1', port, user: 'postgres', password });
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
