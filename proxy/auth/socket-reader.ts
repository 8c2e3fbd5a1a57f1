import type { Duplex } from 'node:stream';
import { ByteBuffer } from '../wire/byte-buffer.ts';
import { type Frame, HEADER_BYTES } from '../wire/frames.ts';

export type ReadFrame =
  | (Frame & { readonly kind: 'frame' })
  /** The header names a length that is below 4 or above the limit; nothing was taken. */
  | { readonly kind: 'badLength' }
  /** The peer has gone, or the stream was destroyed. */
  | { readonly kind: 'closed' };

/**
 * Reads a socket step by step, for the conversations at both ends of a session's life. The socket flows only while somebody
 * waits for bytes, so a peer that sends without being asked is stopped by TCP, not by our memory.
 *
 * One read at a time. After `detach()` the socket is paused and belongs to the next reader.
 */
export class SocketReader {
  readonly #stream: Duplex;
  readonly #buffer = new ByteBuffer();
  #isClosed = false;
  #wake: (() => void) | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#isClosed = stream.destroyed || stream.readableEnded;
    stream.pause();
    stream.on('data', this.#onData);
    stream.on('end', this.#onClosed);
    stream.on('close', this.#onClosed);
    if (!stream.listeners('error').includes(ignoreError)) stream.on('error', ignoreError);
    stream.on('error', this.#onClosed);
  }

  /** Bytes that have come and were not asked for, in the stream's own buffer too. */
  get unreadBytes(): number {
    return this.#buffer.length + this.#stream.readableLength;
  }

  /** @returns undefined when the peer has gone before `count` bytes came */
  async readBytes(count: number): Promise<Buffer | undefined> {
    return (await this.#fill(count)) ? this.#buffer.take(count) : undefined;
  }

  /** The next byte, left where it is. */
  async peekByte(): Promise<number | undefined> {
    return (await this.#fill(1)) ? this.#buffer.peekUint8(0) : undefined;
  }

  /** @param maxBytes longest frame, header included */
  async readFrame(maxBytes: number): Promise<ReadFrame> {
    if (!(await this.#fill(HEADER_BYTES))) return { kind: 'closed' };
    const total = this.#buffer.peekInt32(1) + 1;
    if (total < HEADER_BYTES || total > maxBytes) return { kind: 'badLength' };
    if (!(await this.#fill(total))) return { kind: 'closed' };
    const bytes = this.#buffer.take(total);
    return { kind: 'frame', type: bytes.readUInt8(0), bytes, payload: bytes.subarray(HEADER_BYTES) };
  }

  /** Ends the reading; a read that waits is told `closed`. @returns what came and was not taken */
  detach(): Buffer {
    this.#onClosed();
    this.#stream.pause();
    this.#stream.off('data', this.#onData);
    this.#stream.off('end', this.#onClosed);
    this.#stream.off('close', this.#onClosed);
    // ignoreError stays: a socket without a listener for 'error' would end the process before its next owner is there.
    this.#stream.off('error', this.#onClosed);
    return this.#buffer.take(this.#buffer.length);
  }

  async #fill(count: number): Promise<boolean> {
    while (this.#buffer.length < count && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stream.resume();
      });
    }
    return this.#buffer.length >= count;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#stream.pause();
    this.#buffer.append(chunk);
    this.#wakeUp();
  };

  readonly #onClosed = (): void => {
    this.#isClosed = true;
    this.#wakeUp();
  };

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function ignoreError(): void {
  // Every error is followed by 'close', which is what readers look at.
}
