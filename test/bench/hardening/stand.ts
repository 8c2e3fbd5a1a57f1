import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { stringify } from 'yaml';
import { z } from 'zod';
import { formatScramVerifier, makeScramVerifier } from '../../../proxy/auth/scram-verifier.ts';
import { pathologicalSchema } from '../../corpora/pathological-schema.ts';
import { startPostgres } from '../../support/start-postgres.ts';
import { freePort, startServerProcess } from '../processes.ts';
import { DATABASE, PASSWORD, type Target } from '../targets.ts';
import type { Probed } from './loop-probe.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** One person who may do everything, one who may do nothing but connect, one who has to prove it for each wide column. */
export const PEOPLE = ['allowed', 'denied', 'challenged'] as const;

const POLICIES = `@id("connect")
permit (principal, action == Action::"connect", resource);

@id("everything")
permit (principal in Group::"allowed", action, resource);

@id("everything-else")
permit (principal in Group::"challenged", action, resource);

@id("secret")
@reason("secrets need a fresh proof")
forbid (principal in Group::"challenged", action == Action::"select", resource in Tag::"secret")
unless { context.assurance.aal >= 2 && context.assurance.age < duration("10m") };
`;

export type Stand = {
  readonly pid: number;
  readonly target: (person: (typeof PEOPLE)[number]) => Target;
  /** The longest turn of the event loop since it was last asked. */
  readonly probe: () => Promise<Probed>;
  readonly stop: () => Promise<void>;
};

const probed = z.object({ longestTurnMs: z.number(), residentMiB: z.number() });

/** A stepward in a process of its own, with a probe in its event loop, before the database of pathological-schema.ts. */
export async function startStand(): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-hardening-'));
  const postgres = await startPostgres();
  const stops = [async () => removeFolder(folder), async () => postgres.stop()];
  const stop = async () => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    const { host, port: upstream, user, password } = postgres.address;
    await fillDatabase({ host, port: upstream, user, password });
    const port = await freePort();
    const probePort = await otherPort(port);
    const config = writeInstallation(folder, port, { host, port: upstream, database: DATABASE, user, password });
    const node = ['--import', join(here, 'loop-probe.ts'), join(here, '../../../cli/main.ts')];
    process.env['STEPWARD_PROBE_PORT'] = String(probePort);
    const server = await startServerProcess(process.execPath, [...node, 'serve', '--config', config], port);
    stops.push(async () => server.stop());
    return {
      pid: server.pid,
      target: (person) => ({ name: person, port, user: person, pid: server.pid }),
      probe: async () => probed.parse(JSON.parse(await readAll(probePort))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function otherPort(port: number): Promise<number> {
  const found = await freePort();
  return found === port ? otherPort(port) : found;
}

async function fillDatabase(server: { host: string; port: number; user: string; password: string }): Promise<void> {
  await runSql({ ...server, database: 'postgres' }, `CREATE DATABASE ${DATABASE}`);
  await runSql({ ...server, database: DATABASE }, pathologicalSchema());
}

async function runSql(where: ConstructorParameters<typeof Client>[0], sql: string): Promise<void> {
  const client = new Client(where);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function writeInstallation(folder: string, port: number, upstream: Readonly<Record<string, unknown>>): string {
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'policies/hardening.cedar'), POLICIES);
  const password = formatScramVerifier(makeScramVerifier(PASSWORD, { salt: Buffer.alloc(16, 7), iterations: 4096 }));
  const people = PEOPLE.map((name) => ({
    name,
    groups: [name],
    password,
    totp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' },
  }));
  writeFileSync(join(folder, 'people.yaml'), stringify({ people }), { mode: 0o600 });
  const config = {
    listen: { port },
    upstream: { ...upstream, tls: { mode: 'disable' } },
    people: 'people.yaml',
    policies: 'policies',
    tags: { secret: ['public.wide', 'public.j0'] },
    web: { listen: { port: 0 } },
    stepup: { mode: 'challenge', maxOpenPerPerson: 1000 },
    dataDir: 'data',
    log: { level: 'error' },
  };
  const file = join(folder, 'stepward.yaml');
  writeFileSync(file, stringify(config));
  return file;
}

async function readAll(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
