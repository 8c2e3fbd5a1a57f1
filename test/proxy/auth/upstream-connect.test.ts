import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSigned, type SelfSigned } from '../../../proxy/auth/self-signed.ts';
import { catalogQuery, queryRows } from '../../../proxy/auth/simple-query.ts';
import { connectUpstream, type UpstreamConnection, type UpstreamDeps } from '../../../proxy/auth/upstream-connect.ts';
import type { UpstreamTarget } from '../../../proxy/auth/upstream-target.ts';
import { systemTimers } from '../../../proxy/stepup/timers.ts';
import { encodeErrorResponse } from '../../../proxy/wire/backend-encode.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { cstr, frame, hex, i8, i32, text } from '../../support/bytes.ts';
import { type RawPeer, rawPeer } from '../../support/raw-peer.ts';
import { timersByHand } from './accept-fixture.ts';
import { startUpstreamServer, type UpstreamServer } from './upstream-server.ts';

const deps: UpstreamDeps = { randomBytes, timers: systemTimers };
const open: Socket[] = [];
let pem: SelfSigned;
let server: UpstreamServer;

beforeAll(async () => {
  pem = await makeSelfSigned({ nowMs: Date.now });
  server = await startUpstreamServer(pem);
});
afterAll(async () => server?.stop());
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

async function connect(
  target: Partial<UpstreamTarget> = {},
  parameters: Readonly<Record<string, string>> = {},
): Promise<UpstreamConnection> {
  const connection = await connectUpstream({ ...server.target, ...target }, new Map(Object.entries(parameters)), deps);
  open.push(connection.stream);
  return connection;
}

/** What the client would be told, and what the log would be. */
async function failure(target: Partial<UpstreamTarget>, parameters: Readonly<Record<string, string>> = {}) {
  const error: unknown = await connect(target, parameters).then(
    () => 'connected',
    (reason: unknown) => reason,
  );
  if (!(error instanceof PgError)) throw new Error(String(error));
  const cause = error.cause instanceof Error ? error.cause.message : String(error.cause);
  return { error, cause, told: encodeErrorResponse(error).toString() };
}

const unavailable = {
  name: 'PgError',
  severity: 'FATAL',
  sqlstate: '08006',
  message: 'could not connect to the upstream server',
};
const geheim = { password: 'geheim' };

describe('login to PostgreSQL', () => {
  it.each<[string, Partial<UpstreamTarget>]>([
    ['SCRAM-SHA-256', {}],
    ['SCRAM-SHA-256 with a password to be prepared', { user: 'scram_user', password: 'geheiam' }],
    ['md5', { user: 'md5_user', ...geheim }],
    ['trust', { user: 'trust_user', password: '' }],
    ['a cleartext password inside TLS', { user: 'plain_user', ...geheim, tls: { mode: 'require' } }],
    ['a cleartext password where that is allowed', { user: 'plain_user', ...geheim, allowCleartextPassword: true }],
  ])('by %s', async (_, target) => {
    const connection = await connect(target);
    const user = target.user ?? 'postgres';
    expect(await queryRows(connection, 'SELECT session_user')).toEqual([[user]]);
    expect(connection.transactionStatus).toBe('I');
  });

  it.each<[string, Partial<UpstreamTarget>]>([
    ['a wrong password', { password: 'wrong' }],
    ['a wrong md5 password', { user: 'md5_user', password: 'wrong' }],
    ['an unknown account', { user: 'nobody' }],
    ['a refusal by pg_hba.conf', { user: 'tls_only', ...geheim }],
  ])('that fails by %s is the administrator’s business, not the client’s', async (_, target) => {
    const { error, cause, told } = await failure(target);
    expect(error).toMatchObject(unavailable);
    expect(cause).toMatch(/^upstream: 28/);
    expect(told).not.toMatch(/127\.0\.0\.1|nobody|md5_user|tls_only|wrong|"postgres"/);
  });

  it('does not send a cleartext password to whoever may listen', async () => {
    const { error, cause } = await failure({ user: 'plain_user', ...geheim });
    expect(error).toMatchObject(unavailable);
    expect(cause).toBe('upstream asks for a cleartext password on a connection without TLS');
  });

  it('gives what the server reports at the start, and its key', async () => {
    const connection = await connect({}, { application_name: 'seen', client_encoding: 'LATIN1', user: 'nobody' });
    expect(connection.parameterStatuses.get('application_name')).toBe('seen');
    expect(connection.parameterStatuses.get('client_encoding')).toBe('UTF8');
    expect(connection.parameterStatuses.get('session_authorization')).toBe('postgres');
    expect(connection.parameterStatuses.size).toBeGreaterThanOrEqual(13);
    expect(connection.backendKey.secret).toHaveLength(4);
    expect(await queryRows(connection, 'SELECT pg_backend_pid()')).toEqual([[String(connection.backendKey.pid)]]);
  });

  it('goes through a Unix socket', async () => {
    const connection = await connect({ host: server.socketFolder, tls: { mode: 'require' } });
    expect(await queryRows(connection, 'SELECT inet_client_addr()')).toEqual([[null]]);
  });

  it.each([
    ['an unknown database', { database: 'nowhere' }, {}, '3D000', 'database "nowhere" does not exist'],
    ['too many connections', { user: 'limited', ...geheim }, {}, '53300', 'sorry, too many clients already'],
    ['an unknown parameter', {}, { no_such: 'x' }, '42704', 'unrecognized configuration parameter "no_such"'],
    ['a wrong value', {}, { datestyle: 'x' }, '22023', 'invalid value for parameter "DateStyle": "x"'],
  ])('tells the client of %s', async (_, target, parameters, sqlstate, message) => {
    const { error } = await failure(target, parameters);
    expect(error).toMatchObject({ name: 'PgError', severity: 'FATAL', sqlstate, message });
  });

  it('refuses a NUL in a parameter, which would begin another one', async () => {
    const { error } = await failure({}, { application_name: 'x\0options\0-c log_statement=none' });
    expect(error).toMatchObject(unavailable);
  });
});

describe('TLS to PostgreSQL', () => {
  const isEncrypted = async (connection: UpstreamConnection) =>
    queryRows(connection, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');

  it.each<[string, Partial<UpstreamTarget>]>([
    ['require', { tls: { mode: 'require' } }],
    ['require, by a user who may not come without', { tls: { mode: 'require' }, user: 'tls_only', ...geheim }],
  ])('%s', async (_, target) => {
    expect(await isEncrypted(await connect(target))).toEqual([['t']]);
  });

  it.each(['127.0.0.1', 'localhost'])('verify-full for %s', async (host) => {
    expect(await isEncrypted(await connect({ host, tls: { mode: 'verify-full', ca: pem.cert } }))).toEqual([['t']]);
  });

  it('require with a CA believes only whom it vouches for', async () => {
    expect(await isEncrypted(await connect({ tls: { mode: 'require', ca: pem.cert } }))).toEqual([['t']]);
    const other = await makeSelfSigned({ nowMs: Date.now });
    expect((await failure({ tls: { mode: 'require', ca: other.cert } })).error).toMatchObject(unavailable);
  });

  it('verify-full refuses a certificate of nobody that is known, and one for another name', async () => {
    expect((await failure({ tls: { mode: 'verify-full' } })).error).toMatchObject(unavailable);
    const { error, cause } = await failure({ host: '127.0.0.2', tls: { mode: 'verify-full', ca: pem.cert } });
    expect(error).toMatchObject(unavailable);
    expect(cause).toMatch(/does not match certificate/);
  });

  it('cancels over TLS what runs over TLS', async () => {
    const connection = await connect({ tls: { mode: 'verify-full', ca: pem.cert } });
    const running = queryRows(connection, 'SELECT pg_sleep(60)').then(
      () => 'slept',
      (error: unknown) => error,
    );
    const observer = await connect();
    const isRunning = `SELECT count(*) FROM pg_stat_activity WHERE pid = ${connection.backendKey.pid} AND wait_event = 'PgSleep'`;
    while ((await queryRows(observer, isRunning))[0]?.[0] !== '1');
    await connection.cancel();
    expect(await running).toMatchObject({ sqlstate: '57014' });
    expect(await queryRows(connection, 'SELECT 1')).toEqual([['1']]);
  });
});

describe('queryRows', () => {
  it('gives rows of text, null for NULL', async () => {
    const connection = await connect();
    expect(await queryRows(connection, `SELECT n, NULL, 'ü' FROM generate_series(1, 3) n`)).toEqual([
      ['1', null, 'ü'],
      ['2', null, 'ü'],
      ['3', null, 'ü'],
    ]);
    expect(await queryRows(connection, '')).toEqual([]);
  });

  it('reads rows that are longer than any chunk', async () => {
    const rows = await queryRows(await connect(), `SELECT repeat('x', 3000000) FROM generate_series(1, 3)`);
    expect(rows.map(([value]) => value?.length)).toEqual([3_000_000, 3_000_000, 3_000_000]);
  });

  it('throws what the server reports, and can go on', async () => {
    const connection = await connect();
    await expect(queryRows(connection, 'SELECT nothing')).rejects.toMatchObject({ name: 'PgError', sqlstate: '42703' });
    expect(await queryRows(connection, 'SELECT 1')).toEqual([['1']]);
  });

  it('throws when the connection is lost, with the server’s last word', async () => {
    const connection = await connect();
    await expect(queryRows(connection, 'SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject({
      sqlstate: '57P01',
    });
    await expect(queryRows(connection, 'SELECT 1')).rejects.toMatchObject({ sqlstate: '08006' });
  });

  it('lets the catalog’s queries queue, a failed one too', async () => {
    const query = catalogQuery(await connect());
    const results = await Promise.allSettled([query('SELECT 1'), query('SELECT nothing'), query('SELECT 2')]);
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
      [['1']],
      'failed',
      [['2']],
    ]);
  });
});

describe('an upstream that is none', () => {
  let close: () => Promise<void> = async () => undefined;
  afterEach(async () => close());

  async function fakeUpstream(answer: (peer: RawPeer) => Promise<void>): Promise<Partial<UpstreamTarget>> {
    const listener = createServer((socket) => {
      open.push(socket);
      void answer(rawPeer(socket)).catch(() => undefined);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    close = async () => {
      for (const socket of open.splice(0)) socket.destroy();
      listener.close();
      await once(listener, 'close');
      close = async () => undefined;
    };
    const address = listener.address();
    return { port: address !== null && typeof address === 'object' ? address.port : 0 };
  }

  const readStartup = async (peer: RawPeer): Promise<void> => {
    await peer.read((await peer.read(4)).readUInt32BE(0) - 4);
  };
  const scramOffer = frame('R', i32(10), cstr('SCRAM-SHA-256'), i8(0));
  const ok = frame('R', i32(0));

  it('is not believed when it skips its proof and says that all is well', async () => {
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      peer.send(scramOffer);
      const nonce = (await peer.readMessage()).toString().replace(/^.*r=/s, '');
      peer.send(frame('R', i32(11), text(`r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`)));
      await peer.readMessage();
      peer.send(ok, frame('K', i32(1), i32(1)), frame('Z', text('I')));
    });
    const { error, cause } = await failure(target);
    expect(error).toMatchObject(unavailable);
    expect(cause).toBe('upstream sent authentication request 0 out of turn');
  });

  it('is not believed with a wrong proof', async () => {
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      peer.send(scramOffer);
      const nonce = (await peer.readMessage()).toString().replace(/^.*r=/s, '');
      peer.send(frame('R', i32(11), text(`r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`)));
      await peer.readMessage();
      peer.send(frame('R', i32(12), text(`v=${Buffer.alloc(32).toString('base64')}`)), ok);
    });
    expect((await failure(target)).cause).toBe("upstream's SCRAM signature is wrong");
  });

  it.each<[string, Buffer, string]>([
    ['another method', frame('R', i32(7)), 'upstream asks for authentication method 7, which is not supported'],
    [
      'no known mechanism',
      frame('R', i32(10), cstr('OAUTHBEARER'), i8(0)),
      'upstream offers no SASL mechanism that is supported',
    ],
    ['a short salt', frame('R', i32(5), i8(1)), 'upstream sent a malformed md5 salt'],
    ['a wrong length', hex('52 00000003'), 'upstream sent a message of an invalid length during login'],
    ['an endless message', hex('52 7fffffff'), 'upstream sent a message of an invalid length during login'],
    ['a row', frame('D', i8(0), i8(0)), 'upstream sent message type 68 during login'],
    ['no key', Buffer.concat([ok, frame('Z', text('I'))]), 'upstream sent no cancellation key'],
    ['a torn parameter', Buffer.concat([ok, frame('S', cstr('a'))]), 'upstream sent a string without its end'],
    ['HTTP', text('HTTP/1.1 400 Bad Request\r\n'), 'upstream sent a message of an invalid length during login'],
  ])('fails with %s', async (_, answer, expected) => {
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      peer.send(answer);
    });
    const { error, cause } = await failure(target);
    expect(error).toMatchObject(unavailable);
    expect(cause).toBe(expected);
  });

  it('fails when it closes in the middle', async () => {
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      peer.end();
    });
    expect((await failure(target)).cause).toBe('upstream closed the connection during login');
  });

  it.each([
    ['does not offer it', text('N'), 'upstream does not offer TLS'],
    ['sends an error instead', text('E'), 'upstream does not offer TLS'],
    [
      'sends bytes in the clear behind its answer',
      text('SR'),
      'upstream sent unencrypted data after its answer to SSLRequest',
    ],
  ])('fails where TLS is required and it %s', async (_, answer, expected) => {
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      peer.send(answer);
    });
    expect((await failure({ ...target, tls: { mode: 'require' } })).cause).toBe(expected);
  });

  it.each([{ mode: 'disable' }, { mode: 'require' }] as const)(
    'is given up when the time is over ($mode)',
    async (tls) => {
      const timers = timersByHand();
      const target = await fakeUpstream(async (peer) => {
        await readStartup(peer);
        timers.fire(10_000);
      });
      const attempt = connectUpstream({ ...server.target, ...target, tls }, new Map(), { randomBytes, timers });
      await expect(attempt).rejects.toMatchObject({ ...unavailable, cause: { message: 'no login within 10000 ms' } });
      expect(timers.waiting).toEqual([]);
    },
  );

  it('is given up when the client has gone', async () => {
    const gone = new AbortController();
    const target = await fakeUpstream(async (peer) => {
      await readStartup(peer);
      gone.abort(new Error('client gone'));
    });
    const attempt = connectUpstream({ ...server.target, ...target }, new Map(), { ...deps, signal: gone.signal });
    await expect(attempt).rejects.toMatchObject({ ...unavailable, cause: { message: 'client gone' } });
  });

  it('is not there', async () => {
    const target = await fakeUpstream(async () => undefined);
    await close();
    const { error, cause, told } = await failure(target);
    expect(error).toMatchObject(unavailable);
    expect(cause).toContain('ECONNREFUSED');
    expect(told).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
  });
});
