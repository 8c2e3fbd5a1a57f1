import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { CancelKeys } from '../../../proxy/session/cancel-keys.ts';
import { runSession } from '../../../proxy/session/run-session.ts';
import { SessionRegistry } from '../../../proxy/session/session-registry.ts';
import { DEFAULT_SESSION_LIMITS, type SessionEnd } from '../../../proxy/session/session-types.ts';
import { cstr, frame, i16, i32, text } from '../../support/bytes.ts';
import { ManualTimers } from '../stepup/manual-timers.ts';
import * as m from './messages.ts';
import { createRuleGate } from './rule-gate.ts';

type Scripted = {
  readonly client: Duplex;
  readonly upstream: Duplex;
  readonly gate: ReturnType<typeof createRuleGate>;
  readonly registry: SessionRegistry;
  readonly timers: ManualTimers;
  readonly end: Promise<SessionEnd>;
};
const open: Scripted[] = [];
afterEach(() => {
  for (const { client, upstream } of open.splice(0)) {
    client.destroy();
    upstream.destroy();
  }
});

const ready = frame('Z', text('I'));
/** The answer to the session's first question: search_path, role, no temporary table. */
const firstAnswer = Buffer.concat([
  frame('1'),
  frame('2'),
  frame('D', i16(3), i32(6), text('public'), i32(3), text('app'), i32(-1)),
  frame('C', cstr('SELECT 1')),
  frame('3'),
  frame('3'),
  ready,
]);

/** A session between two ends that the test holds. */
async function startScripted(): Promise<Scripted> {
  const [clientEnd, client] = duplexPair();
  const [upstreamEnd, upstream] = duplexPair();
  const timers = new ManualTimers(0);
  const gate = createRuleGate();
  const registry = new SessionRegistry();
  const end = runSession(
    {
      stream: clientEnd,
      leftover: Buffer.alloc(0),
      address: '::1',
      person: { id: 'ada', groups: [] },
      parameters: new Map(),
      protocolMinor: 0,
    },
    {
      stream: upstreamEnd,
      leftover: Buffer.alloc(0),
      parameterStatuses: new Map([['client_encoding', 'UTF8']]),
      cancel: async () => {},
    },
    {
      sessionId: 's1',
      gate,
      cancelKeys: new CancelKeys({ randomBytes: (count) => Buffer.alloc(count, 7) }),
      registry,
      timers,
      nowMs: timers.nowMs,
      limits: DEFAULT_SESSION_LIMITS,
      log: { warn: () => {} },
      reportIncident: () => 'i',
    },
  );
  const scripted = { client, upstream, gate, registry, timers, end };
  open.push(scripted);
  upstream.write(firstAnswer);
  await readUntilReady(client);
  return scripted;
}

async function turns(count = 20): Promise<void> {
  for (let left = count; left > 0; left -= 1) await setImmediate();
}

async function readUntilReady(stream: Duplex): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (!bytes.subarray(-6).equals(ready)) {
    await turns(1);
    const chunk: unknown = stream.read();
    if (Buffer.isBuffer(chunk)) bytes = Buffer.concat([bytes, chunk]);
  }
  return bytes;
}

it('stops reading upstream while the client does not read', async () => {
  const { client, upstream } = await startScripted();
  client.write(m.query('SELECT 1'));
  await turns();
  const row = frame('D', i16(1), i32(100_000), Buffer.alloc(100_000, 'x'));
  let accepted = 0;
  while (accepted < 100 && !upstream.writableNeedDrain) {
    upstream.write(row);
    accepted += 1;
    await turns();
  }
  await turns();
  expect(upstream.writableNeedDrain).toBe(true);
  expect(accepted).toBeLessThan(10);
  client.resume();
  await turns();
  expect(upstream.writableNeedDrain).toBe(false);
});

it('stops reading the client while a statement is held and enough is buffered', async () => {
  const { client, gate } = await startScripted();
  client.write(m.query('SELECT sensitive'));
  await turns();
  expect(gate.holds).toHaveLength(1);
  const next = m.query(`SELECT '${'x'.repeat(100_000)}'`);
  let accepted = 0;
  while (accepted < 100 && !client.writableNeedDrain) {
    client.write(next);
    accepted += 1;
    await turns();
  }
  expect(accepted).toBeGreaterThan(5);
  expect(accepted).toBeLessThan(20);
});

it('handles no more messages of a client that does not read its errors', async () => {
  const { client, gate } = await startScripted();
  const refused = m.query(`SELECT forbidden '${'x'.repeat(200)}'`);
  const count = 5000;
  for (let sent = 0; sent < count; sent += 1) client.write(refused);
  await turns(2000);
  const handled = gate.rows.length;
  expect(handled).toBeGreaterThan(0);
  expect(handled).toBeLessThan(count);
  await turns(500);
  expect(gate.rows).toHaveLength(handled);
  client.resume();
  while (gate.rows.length < count) await turns();
});

it('sends no error into the middle of a row: a killed session ends at the next message', async () => {
  const { client, upstream, registry, end } = await startScripted();
  client.write(m.query('SELECT 1'));
  await turns();
  const row = frame('D', i16(1), i32(4), text('abcd'));
  upstream.write(row.subarray(0, 8));
  await turns();
  registry.kill('s1');
  await turns();
  upstream.write(row.subarray(8));
  upstream.write(row);
  expect((await end).kind).toBe('killed');
  await turns();
  const received: unknown = client.read();
  const bytes = Buffer.isBuffer(received) ? received : Buffer.alloc(0);
  expect(bytes.subarray(0, row.length)).toEqual(row);
  expect(bytes.toString('latin1', row.length, row.length + 1)).toBe('E');
});

it('closes a killed session whose client does not read', async () => {
  const { client, upstream, registry, timers, end } = await startScripted();
  client.write(m.query('SELECT 1'));
  await turns();
  upstream.write(frame('D', i16(1), i32(4), text('abcd')).subarray(0, 8));
  await turns();
  registry.kill('s1');
  timers.advance(2000);
  expect(await end).toEqual({ kind: 'killed' });
});

it('ends the session when upstream answers what nobody asked', async () => {
  const { upstream, end } = await startScripted();
  upstream.write(frame('C', cstr('SELECT 1')));
  expect(await end).toMatchObject({ kind: 'upstreamLost', error: { sqlstate: '08006' } });
});

it('ends the session when upstream starts to read text otherwise', async () => {
  const { client, upstream, end } = await startScripted();
  client.write(m.query('SET a TO b'));
  await turns();
  upstream.write(
    Buffer.concat([frame('C', cstr('SET')), frame('S', cstr('standard_conforming_strings'), cstr('off')), ready]),
  );
  expect(await end).toMatchObject({ error: { severity: 'FATAL', sqlstate: '0A000' } });
});
