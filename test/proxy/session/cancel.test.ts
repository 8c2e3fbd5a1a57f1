import { afterEach, expect, it } from 'vitest';
import { cstr, frame, text } from '../../support/bytes.ts';
import * as m from './messages.ts';
import { received, type ScriptedSession, startScriptedSession, turns } from './scripted-session.ts';

const open: ScriptedSession[] = [];
afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

/** A cancel upstream for each call, delivered when the test says so. */
function slowCancels() {
  const deliver: (() => void)[] = [];
  const cancel = async (): Promise<void> => new Promise((resolve) => deliver.push(resolve));
  return { deliver, cancel };
}

async function start() {
  const cancels = slowCancels();
  const session = await startScriptedSession(cancels.cancel);
  open.push(session);
  received(session.upstream);
  return { ...session, deliver: cancels.deliver };
}

const done = Buffer.concat([frame('C', cstr('SELECT 1')), frame('Z', text('I'))]);

it('sends nothing behind a cancel that is on its way: it would hit the wrong statement', async () => {
  const { client, upstream, cancelRequest, deliver } = await start();
  client.write(m.query('SELECT 1'));
  await turns();
  expect(received(upstream)).toEqual(m.query('SELECT 1'));
  cancelRequest();
  upstream.write(done);
  client.write(m.query('SELECT 2'));
  await turns();
  expect(received(upstream)).toEqual(Buffer.alloc(0));
  expect(deliver).toHaveLength(1);
  deliver[0]?.();
  await turns();
  expect(received(upstream)).toEqual(m.query('SELECT 2'));
});

it('makes two of many cancels that come at once, and none of those that come to nothing', async () => {
  const { client, upstream, cancelRequest, deliver } = await start();
  cancelRequest();
  await turns();
  expect(deliver).toHaveLength(0);
  client.write(m.query('SELECT 1'));
  await turns();
  for (let count = 0; count < 100; count += 1) cancelRequest();
  await turns();
  expect(deliver).toHaveLength(1);
  deliver[0]?.();
  await turns();
  expect(deliver).toHaveLength(2);
  upstream.write(done);
  deliver[1]?.();
  await turns();
  expect(deliver).toHaveLength(2);
});

it('does not send the second cancel when the statement has ended meanwhile', async () => {
  const { client, upstream, cancelRequest, deliver } = await start();
  client.write(m.query('SELECT 1'));
  await turns();
  cancelRequest();
  cancelRequest();
  upstream.write(done);
  await turns();
  deliver[0]?.();
  await turns();
  expect(deliver).toHaveLength(1);
});

it('keeps a cancel from a question of its own', async () => {
  const { client, upstream, cancelRequest, deliver } = await start();
  client.write(m.query('SELECT run_code()'));
  await turns();
  upstream.write(done);
  client.write(m.query('SELECT 2'));
  await turns();
  expect(received(upstream).includes('current_setting')).toBe(true);
  cancelRequest();
  await turns();
  expect(deliver).toHaveLength(0);
});

it('cancels a batch whose statement waits for Sync, and a Parse that takes long', async () => {
  const { client, cancelRequest, deliver } = await start();
  client.write(Buffer.concat([m.parse('', 'SELECT 1'), m.flush]));
  await turns();
  cancelRequest();
  await turns();
  expect(deliver).toHaveLength(1);
});
