import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Smaller ones are not worth the call. Above Node's shared pool (Buffer.poolSize), whatever it is given. */
const MIN_BYTES = 2 * 1024;

/**
 * A large result goes through in chunks of 64 KiB, and V8 lets 64 MiB of them lie about before it collects any. This gives
 * the memory of a chunk back at once. The chunk and every slice of it are empty afterwards: call it when nobody needs them.
 * @param reader where the chunk came from, and `writer` where it went: only sockets are known to keep no slice of it
 * @returns undefined where the chunk is better left to the collector
 */
export function chunkRelease(chunk: Buffer, reader: Duplex, writer: Duplex): (() => void) | undefined {
  const { buffer } = chunk;
  if (chunk.length < MIN_BYTES || !(reader instanceof Socket) || !(writer instanceof Socket)) return undefined;
  // Memory that others have slices of is not ours to give back.
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== chunk.length) return undefined;
  return () => void buffer.transfer(0);
}
