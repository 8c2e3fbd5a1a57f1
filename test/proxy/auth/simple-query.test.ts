import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogQuery } from '../../../proxy/auth/simple-query.ts';
import { cstr, frame, i16, i32, text } from '../../support/bytes.ts';
import { rawPeer, type RawPeer } from '../../support/raw-peer.ts';
import { ManualTimers } from '../stepup/manual-timers.ts';

let stream: Socket;
let upstream: RawPeer;
let close: () => void;
beforeEach(async () => {
  const server = createServer();
  const accepted = once(server, 'connection');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  stream = connect({ host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 });
  stream.on('error', () => undefined);
  const [socket]: Socket[] = await accepted;
  if (socket === undefined) throw new Error('no connection');
  upstream = rawPeer(socket);
  close = () => server.close();
});
afterEach(() => {
  stream.destroy();
  upstream.socket.destroy();
  close();
});

const answer = Buffer.concat([
  frame('D', i16(1), i32(1), text('1')),
  frame('C', cstr('SELECT 1')),
  frame('Z', text('I')),
]);

it('gives the connection up when upstream has vanished in the middle of a question', async () => {
  const timers = new ManualTimers(0);
  const query = catalogQuery({ stream }, { timers, timeoutMs: 1000 });
  const asked = query('SELECT 1');
  expect(await upstream.readMessage()).toEqual(frame('Q', cstr('SELECT 1')));
  timers.advance(999);
  expect(stream.destroyed).toBe(false);
  timers.advance(1);
  await expect(asked).rejects.toMatchObject({ sqlstate: '08006' });
});

it('keeps the connection of a question that was answered in time', async () => {
  const timers = new ManualTimers(0);
  const query = catalogQuery({ stream }, { timers, timeoutMs: 1000 });
  const asked = query('SELECT 1');
  await upstream.readMessage();
  upstream.send(answer);
  expect(await asked).toEqual([['1']]);
  timers.advance(5000);
  expect(stream.destroyed).toBe(false);
});
