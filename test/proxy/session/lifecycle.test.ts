import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { frame, i32, packet, text } from '../../support/bytes.ts';
import { connectRaw } from '../../support/raw-peer.ts';
import { ManualTimers } from '../stepup/manual-timers.ts';
import * as m from './messages.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { connectRawClient, type RawClient } from './raw-client.ts';

let db: TestDatabase;
let proxy: TestProxy;
let client: RawClient;
let timers: ManualTimers;

beforeAll(async () => {
  db = await createTestDatabase('CREATE TABLE t (a int)');
});
afterAll(async () => db.drop());
beforeEach(async () => {
  timers = new ManualTimers(0);
  proxy = await startTestProxy(db, { timers, nowMs: timers.nowMs, limits: { heartbeatMs: 30_000 } });
  client = await connectRawClient(proxy.port);
});
afterEach(async () => {
  client.socket.destroy();
  await proxy.close();
});

async function sendCancel(pid: number, secret: Buffer): Promise<void> {
  const peer = await connectRaw(proxy.port);
  peer.send(packet(i32(80_877_102), i32(pid), secret));
  await peer.readToEnd();
}

/** Asks until the backend of the client runs nothing any more. */
async function untilBackends(count: number, wait: string): Promise<void> {
  for (;;) {
    const rows = await db.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%${wait}%' AND state = 'active'`,
    );
    if (rows.length === count) return;
  }
}

it('withdraws a held statement on CancelRequest, and the session lives on', async () => {
  client.send(m.query('SELECT sensitive'));
  await client.readUntil('N');
  await sendCancel(client.key.pid, client.key.secret);
  expect(await client.readUntil('Z')).toEqual(['E:57014', 'Z:I']);
  expect(proxy.gate.holds[0]?.withdrawnBy).toEqual(['cancel']);
  expect(await client.ask([m.query('SELECT 1')])).toContain('D:1');
});

it('cancels a running statement with its own key only, and completes its row as cancelled', async () => {
  client.send(m.query('SELECT pg_sleep(600)'));
  await untilBackends(1, 'pg_sleep');
  await sendCancel(client.key.pid, Buffer.alloc(4));
  await sendCancel(client.key.pid ^ 1, client.key.secret);
  await untilBackends(1, 'pg_sleep');
  await sendCancel(client.key.pid, client.key.secret);
  expect(await client.readUntil('Z')).toEqual(['T', 'E:57014', 'Z:I']);
  expect(proxy.gate.completions.get(1)).toMatchObject({ outcome: 'cancelled', sqlstate: '57014' });
});

it('ignores CancelRequest while idle', async () => {
  await sendCancel(client.key.pid, client.key.secret);
  expect(await client.ask([m.query('SELECT 1')])).toContain('D:1');
});

it('refuses a statement that was cancelled while it was judged', async () => {
  proxy.gate.beforeVerdict = async () => sendCancel(client.key.pid, client.key.secret);
  expect(await client.ask([m.query('SELECT 1')])).toEqual(['E:57014', 'Z:I']);
  expect(proxy.gate.completions.get(1)).toMatchObject({ outcome: 'cancelled' });
});

it('holds in the middle of a batch, after the answers before it, with a heartbeat', async () => {
  client.send(m.run('SELECT 1'), m.run('SELECT 2 AS sensitive'), m.flush);
  expect(await client.readUntil('N')).toEqual(['1', '2', 'D:1', 'C:SELECT 1', '1', 'N']);
  timers.advance(30_000);
  expect(await client.readUntil('N')).toEqual(['N']);
  proxy.gate.isConfirmed = true;
  proxy.gate.holds[0]?.settle({ kind: 'confirmed', grantId: 'g1' });
  expect(await client.readUntil('C:SELECT 1')).toEqual(['2', 'D:2', 'C:SELECT 1']);
  expect(await client.ask([m.sync])).toEqual(['Z:I']);
  expect(timers.pending).toBe(0);
});

it('asks again when the grant is not enough after the confirmation', async () => {
  client.send(m.query('SELECT sensitive'));
  await client.readUntil('N');
  proxy.gate.holds[0]?.settle({ kind: 'confirmed', grantId: 'g1' });
  await client.readUntil('N');
  proxy.gate.holds[1]?.settle({ kind: 'withdrawn', by: 'person' });
  expect(await client.readUntil('Z')).toEqual(['E:57014', 'Z:I']);
});

it('withdraws the hold when the connection breaks', async () => {
  client.send(m.query('SELECT sensitive'));
  await client.readUntil('N');
  client.socket.resetAndDestroy();
  expect(await proxy.ends[0]).toMatchObject({ kind: 'clientGone' });
  expect(proxy.gate.holds[0]?.withdrawnBy[0]).toBe('disconnect');
  expect(proxy.registry.size).toBe(0);
});

it('frees the backend of a client that vanishes while it reads', async () => {
  client.send(m.query('SELECT pg_sleep(600)'));
  await untilBackends(1, 'pg_sleep');
  client.socket.destroy();
  await untilBackends(0, 'pg_sleep');
  expect(await proxy.ends[0]).toMatchObject({ kind: 'clientGone' });
  expect(proxy.gate.completions.get(1)).toMatchObject({ outcome: 'lost' });
});

it('finishes a write whose client has said Terminate and closed', async () => {
  client.send(m.query('INSERT INTO t SELECT 1 FROM generate_series(1, 1000)'), m.terminate);
  client.socket.end();
  expect((await proxy.ends[0])?.kind).toBe('terminated');
  expect(await db.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }]);
});

it('passes on why upstream ended the session', async () => {
  await client.ask([m.query('SELECT 1')]);
  await db.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  expect(await client.readUntil('E')).toEqual(['E:57P01']);
  await client.readToEnd();
  expect(await proxy.ends[0]).toEqual({ kind: 'upstreamLost' });
});

it('drains: an idle session at once, a busy one after its statement', async () => {
  const other = await connectRawClient(proxy.port);
  await other.ask([m.query('BEGIN')]);
  await other.ask([m.query('LOCK TABLE t')]);
  client.send(m.query('SELECT count(*) FROM t'));
  await untilBackends(1, 'count');
  const drained = proxy.registry.drain();
  expect(await other.readUntil('E')).toEqual(['E:57P01']);
  expect((await client.readUntil('E')).slice(-3)).toEqual(['C:SELECT 1', 'Z:I', 'E:57P01']);
  await drained;
  expect(await Promise.all(proxy.ends)).toMatchObject([{ kind: 'shutdown' }, { kind: 'shutdown' }]);
});

it('drains a held session at once', async () => {
  client.send(m.query('SELECT sensitive'));
  await client.readUntil('N');
  const drained = proxy.registry.drain();
  expect(await client.readUntil('E')).toEqual(['E:57P01']);
  await drained;
  expect(proxy.gate.holds[0]?.withdrawnBy[0]).toBe('shutdown');
});

it('shows what a session does, and stops what runs under a revoked grant', async () => {
  expect(proxy.registry.list()).toMatchObject([{ id: 's1', principal: 'ada', state: 'idle' }]);
  client.send(m.query('SELECT sensitive'));
  await client.readUntil('N');
  expect(proxy.registry.list()).toMatchObject([{ state: 'held', statement: 'SELECT sensitive', challengeId: 'c1' }]);
  proxy.gate.holds[0]?.settle({ kind: 'withdrawn', by: 'administrator' });
  await client.readUntil('Z');
  proxy.gate.isConfirmed = true;
  client.send(m.query('SELECT pg_sleep(600)'));
  await untilBackends(1, 'pg_sleep');
  expect(proxy.registry.list()).toMatchObject([{ state: 'running', statement: 'SELECT pg_sleep(600)' }]);
  proxy.registry.stopGrant('another');
  proxy.registry.stopGrant('g1');
  expect(await client.readUntil('Z')).toEqual(['T', 'E:57014', 'Z:I']);
});

it.each([
  ['an unknown message type', frame('!'), 'E:08P01'],
  ['a length that cannot be', Buffer.concat([text('Q'), i32(3)]), 'E:08P01'],
  ['a message above the limit', Buffer.concat([text('Q'), i32(1 << 30)]), 'E:54000'],
])('ends the session for %s', async (_name, bytes, word) => {
  client.send(bytes);
  expect(await client.readUntil('E')).toEqual([word]);
  await client.readToEnd();
});

it('ends the session for a Query while upstream waits for COPY data', async () => {
  client.send(m.query('COPY t FROM STDIN'));
  await client.readUntil('G');
  client.send(m.query('SELECT 1'));
  expect(await client.readUntil('E')).toEqual(['E:08P01']);
});
