import { ByteBuffer } from './byte-buffer.ts';
import { BACKEND, FRONTEND } from './message-types.ts';
import { limitExceeded, protocolViolation } from './pg-error.ts';

export { BACKEND, FRONTEND };

/** One message as it was on the wire. */
export type Frame = {
  /** ASCII code of the type byte. */
  readonly type: number;
  /** The whole frame: type byte, int32 length, payload. */
  readonly bytes: Buffer;
  /** `bytes` behind the 5-byte header. */
  readonly payload: Buffer;
};

/** A part of a frame that is passed on without being held whole. The first piece includes the header. */
export type Piece = {
  readonly kind: 'piece';
  readonly type: number;
  readonly bytes: Buffer;
  /** This piece ends the frame. */
  readonly last: boolean;
};

export type FrameOrPiece = (Frame & { readonly kind: 'frame' }) | Piece;

export type FrameReaderOptions = {
  /** Largest frame held whole, header included. */
  readonly maxFrameBytes: number;
  /** Types given as pieces, whatever their length up to PostgreSQL's own 1 GiB: CopyData. */
  readonly streamTypes?: ReadonlySet<number>;
};

export const HEADER_BYTES = 5;

/** PostgreSQL's PQ_LARGE_MESSAGE_LIMIT, MaxAllocSize - 1: no server takes more. */
const MAX_STREAMED_LENGTH = 0x3ffffffe;

/** PostgreSQL's PQ_SMALL_MESSAGE_LIMIT, for types that have no business being long. */
const MAX_SMALL_LENGTH = 10_000;

const FRONTEND_TYPES: ReadonlySet<number> = new Set(Object.values(FRONTEND));

const SMALL_TYPES: ReadonlySet<number> = new Set([
  FRONTEND.close,
  FRONTEND.copyDone,
  FRONTEND.copyFail,
  FRONTEND.describe,
  FRONTEND.execute,
  FRONTEND.flush,
  FRONTEND.sync,
  FRONTEND.terminate,
]);

/**
 * Splits the frontend's byte stream into frames. Holds what was pushed and not yet taken: the caller stops reading its
 * socket when `bufferedBytes` is more than it wants to hold.
 *
 * A frame's header is judged as soon as its five bytes are there, so that nothing is held for a frame that will be refused.
 * @see PostgreSQL manual, "Message Formats"; limits by type as in PostgreSQL's SocketBackend()
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  readonly #streamTypes: ReadonlySet<number>;
  readonly #buffer = new ByteBuffer();
  /** The frame that is being given in pieces. */
  #streamed: { readonly type: number; remaining: number } | undefined;

  constructor(options: FrameReaderOptions) {
    this.#maxFrameBytes = options.maxFrameBytes;
    this.#streamTypes = options.streamTypes ?? new Set();
  }

  get bufferedBytes(): number {
    return this.#buffer.length;
  }

  /** Takes ownership of the chunk: any slice of the stream; a frame may span many chunks. */
  push(chunk: Buffer): void {
    this.#buffer.append(chunk);
  }

  /**
   * The next frame or piece, or undefined until more bytes are pushed.
   * @throws PgError 08P01 for a type byte that no frontend sends or a length below 4; 54000 above `maxFrameBytes`. The
   *   stream cannot be read on after that.
   */
  next(): FrameOrPiece | undefined {
    if (this.#streamed) return this.#nextPiece(this.#streamed);
    if (this.#buffer.length < HEADER_BYTES) return this.#checkType();
    const type = this.#buffer.peekUint8(0);
    this.#checkType();
    const length = this.#buffer.peekInt32(1);
    this.#checkLength(type, length);
    if (!this.#streamTypes.has(type)) return this.#nextFrame(type, length + 1);
    this.#streamed = { type, remaining: length + 1 };
    return this.#nextPiece(this.#streamed);
  }

  #nextFrame(type: number, total: number): FrameOrPiece | undefined {
    if (this.#buffer.length < total) return undefined;
    const bytes = this.#buffer.take(total);
    return { kind: 'frame', type, bytes, payload: bytes.subarray(HEADER_BYTES) };
  }

  #nextPiece(streamed: { readonly type: number; remaining: number }): Piece | undefined {
    if (this.#buffer.length === 0) return undefined;
    const bytes = this.#buffer.take(streamed.remaining);
    streamed.remaining -= bytes.length;
    const last = streamed.remaining === 0;
    if (last) this.#streamed = undefined;
    return { kind: 'piece', type: streamed.type, bytes, last };
  }

  /** Refuses at the first byte: a peer that speaks something else should not have to send five. */
  #checkType(): undefined {
    if (this.#buffer.length === 0) return undefined;
    const type = this.#buffer.peekUint8(0);
    if (!FRONTEND_TYPES.has(type)) throw protocolViolation(`invalid frontend message type ${type}`);
    return undefined;
  }

  #checkLength(type: number, length: number): void {
    if (length < 4) throw protocolViolation('invalid message length');
    if (SMALL_TYPES.has(type) && length > MAX_SMALL_LENGTH) throw protocolViolation('invalid message length');
    if (this.#streamTypes.has(type)) {
      if (length > MAX_STREAMED_LENGTH) throw protocolViolation('invalid message length');
      return;
    }
    if (length + 1 > this.#maxFrameBytes) {
      throw limitExceeded(
        `message of ${length + 1} bytes is longer than the limit of ${this.#maxFrameBytes} bytes`,
        undefined,
        'FATAL',
      );
    }
  }
}
