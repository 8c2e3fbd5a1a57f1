import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cstr, frame, hex, i32, packet, startup, text } from '../support/bytes.ts';
import { connectRaw } from '../support/raw-peer.ts';
import { describeMessages, errorField, openRawSession, query, type RawSession } from '../support/raw-session.ts';
import { eventually, type RunningStepward, startStepward } from '../support/running-stepward.ts';

let stepward: RunningStepward;
beforeAll(async () => {
  stepward = await startStepward({ limits: { maxConnections: 40 } });
});
afterAll(async () => stepward.stop());

/** Whatever happened: a well-behaved client is served, and nothing of the others is left upstream. */
afterEach(async () => {
  const client = new Client(stepward.client('developer'));
  await client.connect();
  const { rows } = await client.query('select id from customers where id = 1');
  if (rows.length !== 1) throw new Error('a well-behaved client is not served');
  await client.end();
  await untilUpstreamIsEmpty();
});

async function untilUpstreamIsEmpty(): Promise<void> {
  for (let looks = 0; looks < 1000; looks += 1) {
    const rows = await stepward.shop.query(
      `SELECT state, query FROM pg_stat_activity WHERE usename = 'stepward_app' AND datname = current_database()
         AND application_name <> 'stepward catalog'`,
    );
    if (rows.length === 0) return;
  }
  throw new Error('backends are left upstream');
}

const login = async (user = 'developer'): Promise<RawSession> =>
  openRawSession({ port: stepward.port, user, database: stepward.shop.database });

describe('before the login', { timeout: 60_000 }, () => {
  const manyParameters = startup(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`p${i}`, 'x'])));
  const closedWithoutAWord: readonly (readonly [string, Buffer])[] = [
    ['HTTP', text('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a length of 2 GiB', hex('7f ff ff ff 00 03 00 00')],
    ['a negative length', hex('ff ff ff ff 00 03 00 00')],
    ['a length of 4', hex('00 00 00 04')],
    ['zeros', Buffer.alloc(64)],
    ['a start-up packet of 10,000 parameters', manyParameters],
    ['a TLS handshake that is none', Buffer.concat([hex('16 03 01 02 00'), randomBytes(512)])],
  ];
  it.each(closedWithoutAWord)('closes the connection at %s', async (_name, bytes) => {
    const peer = await connectRaw(stepward.port);
    peer.send(bytes);
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
  });

  it('answers a start-up packet that is cut short inside with FATAL, and closes', async () => {
    const peer = await connectRaw(stepward.port);
    peer.send(packet(hex('00 03 00 00'), text('user')));
    expect((await peer.readToEnd()).toString('utf8')).toContain('C08P01\0');
  });

  it('lets go of clients that say nothing, send half a packet, or stop in the middle of SCRAM', async () => {
    const impatient = await startStepward({ limits: { loginTimeoutSeconds: 1 } });
    const silent = await connectRaw(impatient.port);
    const half = await connectRaw(impatient.port);
    half.send(hex('00 00 00 50 00 03'));
    const stopped = await connectRaw(impatient.port);
    stopped.send(startup({ user: 'developer', database: impatient.shop.database }));
    expect(await silent.readToEnd()).toEqual(Buffer.alloc(0));
    expect(await half.readToEnd()).toEqual(Buffer.alloc(0));
    expect((await stopped.readToEnd()).toString('utf8')).toContain('canceling authentication due to timeout');
    await impatient.stop();
  });

  it('survives random bytes', async () => {
    for (let round = 0; round < 20; round += 1) {
      const peer = await connectRaw(stepward.port);
      // The length is kept small, or nothing behind it would be looked at.
      peer.send(hex('00 00 00 40'), randomBytes(60));
      expect((await peer.readToEnd()).toString('latin1', 0, 1)).toMatch(/^E?$/);
    }
  });

  it('ignores a CancelRequest for nobody', async () => {
    const peer = await connectRaw(stepward.port);
    peer.send(packet(hex('04 d2 16 2e'), i32(1234), i32(5678)));
    expect(await peer.readToEnd()).toEqual(Buffer.alloc(0));
  });
});

describe('after the login', () => {
  const fatal: readonly (readonly [string, string, Buffer])[] = [
    ['a message type that no frontend sends', '08P01', frame('z', text('x'))],
    ['a length below 4', '08P01', hex('51 00 00 00 03')],
    ['a Query of 70 MB, at its header', '54000', Buffer.concat([text('Q'), i32(70_000_000)])],
    ['a Sync of 70 MB', '08P01', Buffer.concat([text('S'), i32(70_000_000)])],
    ['a CopyData of 2 GiB', '08P01', Buffer.concat([text('d'), hex('7f ff ff ff')])],
    ['a password message', '08P01', frame('p', cstr('x'))],
  ];
  it.each(fatal)('ends the session at %s with FATAL %s', async (_name, sqlstate, bytes) => {
    const { peer } = await login();
    peer.send(bytes);
    const told = await peer.readToEnd();
    expect(told.toString('latin1', 0, 1)).toBe('E');
    expect(told.toString('utf8')).toContain('SFATAL\0');
    expect(told.toString('utf8')).toContain(`C${sqlstate}\0`);
  });

  const refused: readonly (readonly [string, string, Buffer])[] = [
    ['a Query with a NUL inside', '08P01', frame('Q', cstr('select 1\0; select ssn from customers'))],
    ['a Query without its terminator', '08P01', frame('Q', text('select 1'))],
    ['an empty Query message', '08P01', frame('Q')],
    ['a Query that is not UTF-8', '22021', frame('Q', text("select '"), hex('c3 28'), cstr("'"))],
    ['a Query with a surrogate', '22021', frame('Q', text("select '"), hex('ed a0 80'), cstr("'"))],
    ['a Query that is too long to be analysed', '54000', frame('Q', cstr(`select '${'x'.repeat(2 << 20)}'`))],
    [
      'a FunctionCall of lo_import',
      '42501',
      frame('F', i32(764), hex('00 00 00 01'), i32(4), text('/etc'), hex('00 00')),
    ],
  ];
  it.each(refused)('refuses %s with %s, audits it, and the session lives on', async (_name, sqlstate, bytes) => {
    const session = await login();
    const before = stepward.audit().length;
    expect(describeMessages(await session.ask(bytes))).toEqual([`E:${sqlstate}`, 'Z:I']);
    expect(describeMessages(await session.ask(query('select 1')))).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I']);
    const rows = stepward.audit().slice(before);
    expect(rows.find((row) => row.kind === 'decision')).toMatchObject({ entry: { verdict: 'refuse', sqlstate } });
    session.peer.end();
  });

  it('survives random bytes', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { peer } = await login();
      peer.send(randomBytes(2000));
      // They may look like the beginning of a long message.
      peer.end();
      expect((await peer.readToEnd()).toString('latin1', 0, 1)).toMatch(/^E?$/);
    }
  });

  it('survives random messages of sound length', async () => {
    const types = 'QPBEDCHSFdcf';
    for (let round = 0; round < 10; round += 1) {
      const session = await login();
      const messages = Array.from({ length: 40 }, () =>
        frame(types.charAt(randomBytes(1).readUInt8() % types.length), randomBytes(randomBytes(1).readUInt8() % 40)),
      );
      session.peer.send(...messages, frame('X'));
      session.peer.end();
      expect((await session.peer.readToEnd()).toString('latin1', 0, 1)).toMatch(/^[A-Z1-3]?$/);
    }
  });

  it('ends the statement of a client that goes away in the middle of a row', async () => {
    const { peer } = await login();
    peer.send(query("select repeat('x', 1000000) from generate_series(1, 1000)"));
    await once(peer.socket, 'data');
    peer.socket.resetAndDestroy();
    await untilUpstreamIsEmpty();
    const row = await eventually(() => {
      const found = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text.includes('repeat'));
      return found?.kind === 'decision' ? found.completion : undefined;
    });
    expect(row.entry.outcome).toBe('lost');
  });

  it('ends the session of a client that has closed its side and asks for nothing more', async () => {
    const { peer } = await login();
    peer.send(query('select pg_sleep(60)'));
    peer.end();
    expect((await peer.readToEnd()).toString('utf8')).not.toContain('SELECT 1');
    await untilUpstreamIsEmpty();
  });

  it('lets a write finish whose client has closed its side', async () => {
    const session = await login();
    session.peer.send(query("update products set name = 'half-closed' where id = 80"));
    session.peer.end();
    await session.peer.readToEnd();
    await untilUpstreamIsEmpty();
    expect(await stepward.shop.query('SELECT name FROM products WHERE id = 80')).toEqual([{ name: 'half-closed' }]);
  });
});

describe('a crowd', { timeout: 60_000 }, () => {
  it('lets exactly maxConnections in, tells the others 53300, and has room again afterwards', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 70 }, async () => {
        const client = new Client(stepward.client('developer'));
        client.on('error', () => undefined);
        await client.connect();
        return client;
      }),
    );
    const inside = attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const outside = attempts.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(inside).toHaveLength(40);
    expect(new Set(outside.map((error: { readonly code?: string }) => error.code))).toEqual(new Set(['53300']));
    await Promise.all(inside.map(async (client) => client.query('select 1')));
    await Promise.all(inside.map(async (client) => client.end()));
  });

  it('serves sessions whose neighbour floods it with statements that are refused', async () => {
    const flooder = await login();
    const bad = Buffer.concat(Array.from({ length: 2000 }, (_, i) => query(`select ssn_${i} from nowhere`)));
    flooder.peer.send(bad);
    const other = await login();
    const answer = await other.ask(query('select id from customers where id = 2'));
    expect(describeMessages(answer)).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I']);
    flooder.peer.socket.destroy();
    other.peer.end();
  });

  it('tells each of many sessions its own error', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, async () => login('analyst')));
    const answers = await Promise.all(
      sessions.map(async (session, i) => session.ask(query(`select ssn from customers where id = ${i}; -- ${i}`))),
    );
    for (const answer of answers) {
      const error = answer.find(({ type }) => type === 'E');
      expect(error && errorField(error, 'M')).toBe('permission denied for column "ssn" of table customers');
    }
    for (const session of sessions) session.peer.end();
  });
});
