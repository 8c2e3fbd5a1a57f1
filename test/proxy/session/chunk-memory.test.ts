import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../../proxy/auth/self-signed.ts';
import { chunkRelease } from '../../../proxy/session/chunk-memory.ts';
import { ClientOutput } from '../../../proxy/session/client-output.ts';

describe('the memory of a chunk', () => {
  const chunk = (): Buffer => Buffer.from(new ArrayBuffer(65_536));

  it('is given back between sockets, and the chunk is empty then', () => {
    const bytes = chunk();
    const slice = bytes.subarray(10, 20);
    chunkRelease(bytes, new Socket(), new Socket())?.();
    expect([bytes.length, slice.length]).toEqual([0, 0]);
  });

  it('stays where others may have slices of it: of a larger buffer, or in a stream that is no socket', () => {
    const [one] = duplexPair();
    const socket = new Socket();
    expect([
      chunkRelease(chunk().subarray(1), socket, socket),
      chunkRelease(Buffer.from('of the pool'), socket, socket),
      chunkRelease(chunk(), socket, one),
      chunkRelease(chunk(), one, socket),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a client that reads slowly gets every byte of chunks that are freed once they are taken', () => {
  const CHUNKS = 400;
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function connected(isTls: boolean): Promise<{ readonly server: Socket; readonly client: Socket }> {
    const identity = isTls ? await makeSelfSigned({ nowMs: () => Date.now() }) : undefined;
    const server = identity === undefined ? createServer() : createTlsServer(identity);
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const address: AddressInfo | string | null = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const where = { host: '127.0.0.1', port: address.port };
    const accepted = once(server, isTls ? 'secureConnection' : 'connection');
    const client = identity === undefined ? connect(where) : connectTls({ ...where, ca: identity.cert });
    const [socket]: unknown[] = await accepted;
    if (!(socket instanceof Socket)) throw new Error('no socket');
    return { server: socket, client };
  }

  it.each([
    ['in the clear', false],
    ['over TLS', true],
  ])('%s', async (_, isTls) => {
    const { server, client } = await connected(isTls);
    const received = createHash('sha256');
    let chunksRead = 0;
    client.on('data', (bytes: Buffer) => {
      received.update(bytes);
      chunksRead += 1;
      if (chunksRead % 8 !== 0) return;
      client.pause();
      setImmediate(() => client.resume());
    });
    const output = new ClientOutput(server);
    let freed = 0;
    for (let i = 0; i < CHUNKS; i += 1) {
      const chunk = Buffer.from(new ArrayBuffer(65_536)).fill(i % 251);
      const release = chunkRelease(chunk, server, server);
      output.together(
        () => {
          output.write(chunk.subarray(0, 30_000));
          output.write(chunk.subarray(30_000, 30_005));
          output.write(Buffer.from(`${i}`));
          output.write(chunk.subarray(30_005));
        },
        () => {
          release?.();
          freed += chunk.length === 0 ? 1 : 0;
        },
      );
      if (output.isFull) await output.drained();
    }
    output.end(undefined);
    await once(client, 'end');
    // The same bytes, made anew.
    const expected = createHash('sha256');
    for (let i = 0; i < CHUNKS; i += 1) {
      const chunk = Buffer.alloc(65_536, i % 251);
      expected.update(chunk.subarray(0, 30_005)).update(`${i}`).update(chunk.subarray(30_005));
    }
    expect(received.digest('hex')).toBe(expected.digest('hex'));
    expect(freed).toBe(CHUNKS);
  });
});
