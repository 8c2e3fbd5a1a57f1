import { afterEach, expect, it } from 'vitest';
import { cstr, frame, i16, i32, text } from '../../support/bytes.ts';
import * as m from './messages.ts';
import { type ScriptedSession, startScriptedSession, turns } from './scripted-session.ts';

const open: ScriptedSession[] = [];
afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

const ready = frame('Z', text('I'));

async function startScripted(): Promise<ScriptedSession> {
  const session = await startScriptedSession();
  open.push(session);
  return session;
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
