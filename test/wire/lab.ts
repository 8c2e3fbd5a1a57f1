import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { databaseUser } from '../../cli/demo/system-user.ts';
import { formatScramVerifier, makeScramVerifier } from '../../proxy/auth/scram-verifier.ts';
import { makeSelfSigned } from '../../proxy/auth/self-signed.ts';
import { loadConfig } from '../../proxy/config/load.ts';
import { type RunningServer, startServer } from '../../proxy/server.ts';
import { readAudit } from '../support/running-stepward.ts';
import { type StartedPostgres, startPostgres } from '../support/start-postgres.ts';
import type { Target } from './replay.ts';

/** A PostgreSQL of its own, with TLS, and stepward before it: the same account and password for both doors. */
export type WireLab = {
  readonly direct: Target;
  readonly stepward: Target;
  /** How many decisions the audit has that are refusals. */
  refusals(): number;
  /** Rows as they were at the start. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

const USER = 'wire';
const PASSWORD = 'wire-password';

const SCHEMA = `
CREATE TABLE t (a int PRIMARY KEY, b text);
CREATE TABLE secret (id int PRIMARY KEY, word text);
CREATE SEQUENCE numbers;
GRANT ALL ON ALL TABLES IN SCHEMA public TO ${USER};
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${USER};
GRANT ALL ON SCHEMA public TO ${USER};
CREATE FUNCTION speak(words text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', words; RETURN 1; END $$;
`;
const ROWS = `
DELETE FROM t;
DELETE FROM secret;
INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL);
INSERT INTO secret VALUES (1, 'xyzzy');
ALTER SEQUENCE numbers RESTART;
`;

/** @param policies what stepward is to permit, in Cedar */
export async function openWireLab(policies: string): Promise<WireLab> {
  const folder = mkdtempSync(join(tmpdir(), 'sw-wire-'));
  chmodSync(folder, 0o755);
  const tls = await writeCertificate(folder);
  const postgres = await startPostgres(18, ['ssl=on', `ssl_cert_file=${tls.cert}`, `ssl_key_file=${tls.key}`]);
  const admin = new Client({ ...postgres.address, database: 'postgres' });
  await admin.connect();
  await admin.query(`CREATE ROLE ${USER} LOGIN PASSWORD '${PASSWORD}'`);
  await admin.query(SCHEMA + ROWS);
  const server = await openStepward(folder, { postgres, tls, policies });
  const target = {
    user: USER,
    password: PASSWORD,
    database: 'postgres',
    sql: async (text: string) => (await admin.query(text)).rows,
  };
  return {
    direct: { ...target, port: postgres.address.port },
    stepward: { ...target, port: server.port },
    refusals: () =>
      readAudit(join(folder, 'data')).filter(
        ({ kind, entry }) => kind === 'decision' && 'verdict' in entry && entry.verdict === 'refuse',
      ).length,
    reset: async () => void (await admin.query(ROWS)),
    stop: async () => {
      await server.stop();
      await admin.end();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Certificate = { readonly cert: string; readonly key: string };

/** PostgreSQL wants its key to be its own. */
async function writeCertificate(folder: string): Promise<Certificate> {
  const made = await makeSelfSigned({ nowMs: () => Date.now() });
  const paths = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  writeFileSync(paths.cert, made.cert);
  writeFileSync(paths.key, made.key, { mode: 0o600 });
  const owner = databaseUser(join(folder, 'data'));
  if (owner !== undefined) chownSync(paths.key, owner.uid, owner.gid);
  return paths;
}

async function openStepward(
  folder: string,
  at: { readonly postgres: StartedPostgres; readonly tls: Certificate; readonly policies: string },
): Promise<RunningServer> {
  const { host, port } = at.postgres.address;
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'policies', 'wire.cedar'), at.policies);
  const password = formatScramVerifier(makeScramVerifier(PASSWORD, { salt: randomBytes(16), iterations: 4096 }));
  writeFileSync(join(folder, 'people.yaml'), stringify({ people: [{ name: USER, groups: ['all'], password }] }), {
    mode: 0o600,
  });
  const path = join(folder, 'stepward.yaml');
  const config = {
    listen: { port: 0 },
    tls: at.tls,
    upstream: { host, port, database: 'postgres', user: USER, password: PASSWORD, tls: { mode: 'require' } },
    people: 'people.yaml',
    policies: 'policies',
    web: { listen: { port: 0 } },
    dataDir: 'data',
  };
  writeFileSync(path, stringify(config));
  const loaded = loadConfig(path);
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.errors));
  return startServer(loaded.config, { log: pino({ level: 'silent' }), version: 'test' });
}
