import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptedClient } from '../../../proxy/auth/accept-client.ts';
import { makeSelfSigned } from '../../../proxy/auth/self-signed.ts';
import { makeTlsIdentity } from '../../../proxy/auth/tls-identity.ts';
import { connectUpstream } from '../../../proxy/auth/upstream-connect.ts';
import { systemTimers } from '../../../proxy/stepup/timers.ts';
import { testPostgres } from '../../support/postgres.ts';
import { cstr, frame, text } from '../../support/bytes.ts';
import { type AcceptFixture, startAccepting } from './accept-fixture.ts';

const hasPsql = ((): boolean => {
  try {
    execFileSync('psql', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

let fixture: AcceptFixture;
let folder: string;
let certificate: string;

beforeAll(async () => {
  const pem = await makeSelfSigned({ nowMs: Date.now });
  folder = await mkdtemp(join(tmpdir(), 'stepward-accept-'));
  await writeFile(join(folder, 'ca.crt'), pem.cert);
  certificate = pem.cert;
  const identity = makeTlsIdentity(pem);
  fixture = await startAccepting({ tls: () => identity, timers: systemTimers }, (accepted) => {
    if (accepted.kind === 'client') void splice(accepted);
  });
});
afterAll(async () => {
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Joins the client to the run's PostgreSQL, so that real clients can do something real. */
async function splice(client: AcceptedClient): Promise<void> {
  const target = {
    ...testPostgres(),
    database: 'postgres',
    tls: { mode: 'disable' },
    connectTimeoutMs: 10_000,
  } as const;
  const upstream = await connectUpstream(target, new Map(), { randomBytes, timers: systemTimers });
  client.stream.on('error', () => upstream.stream.destroy());
  client.stream.on('close', () => upstream.stream.destroy());
  for (const [name, value] of upstream.parameterStatuses) client.stream.write(frame('S', cstr(name), cstr(value)));
  client.stream.write(frame('Z', text('I')));
  upstream.stream.write(client.leftover);
  client.stream.pipe(upstream.stream).pipe(client.stream);
}

function psql(options: string, password: string): Promise<{ readonly out: string; readonly error: string }> {
  const connection = `host=127.0.0.1 port=${fixture.port} user=developer dbname=shop ${options}`;
  const env = { PATH: process.env['PATH'], PGPASSWORD: password, HOME: folder };
  return new Promise((resolve) => {
    execFile('psql', ['-XAt', connection, '-c', 'select 6 * 7'], { env }, (_, out, error) => resolve({ out, error }));
  });
}

describe.skipIf(!hasPsql)('psql (skipped where it is not installed)', () => {
  it.each([
    'sslmode=disable',
    'sslmode=prefer',
    'sslmode=require channel_binding=require',
    'sslmode=verify-full channel_binding=require sslrootcert=CA',
    'sslmode=require channel_binding=disable',
  ])('logs in with %s', async (options) => {
    const { out, error } = await psql(options.replace('CA', join(folder, 'ca.crt')), 'pencil');
    expect({ out, error }).toEqual({ out: '42\n', error: '' });
  });

  it('is told PostgreSQL’s own words for a wrong password', async () => {
    const { error } = await psql('sslmode=disable', 'wrong');
    expect(error).toContain('FATAL:  password authentication failed for user "developer"');
  });

  it('cannot bind a channel that is not encrypted', async () => {
    const { error } = await psql('sslmode=disable channel_binding=require', 'pencil');
    expect(error).toContain('channel binding');
  });
});

describe('pg', () => {
  const options = { host: '127.0.0.1', user: 'developer', database: 'shop', password: 'pencil' };

  const ssl = (): ClientConfig => ({ ssl: { ca: certificate, servername: 'localhost' } });

  it.each<[string, () => ClientConfig & { sslnegotiation?: 'direct' }]>([
    ['without TLS', () => ({})],
    ['with TLS', () => ({ ...ssl(), enableChannelBinding: false })],
    ['with TLS and channel binding', () => ({ ...ssl(), enableChannelBinding: true })],
    ['with direct TLS', () => ({ ...ssl(), sslnegotiation: 'direct' })],
  ])('logs in %s', async (_, extra) => {
    const client = new Client({ ...options, port: fixture.port, ...extra() });
    await client.connect();
    expect((await client.query('select $1::int as n', [42])).rows).toEqual([{ n: 42 }]);
    await client.end();
  });

  it('is told the SQLSTATE of a wrong password', async () => {
    const client = new Client({ ...options, port: fixture.port, password: 'wrong' });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
  });
});
