import { BACKEND, HEADER_BYTES } from './frames.ts';
import { PgError, upstreamViolation } from './pg-error.ts';
import { SQLSTATE } from './sqlstate.ts';

export type ScanItem =
  /** To be passed on as it is. `rows`: DataRow frames that start in here. */
  | { readonly kind: 'relay'; readonly bytes: Buffer; readonly rows: number }
  /** One whole message of an interesting type. `bytes` is the message, `payload` is without its 5-byte header. */
  | { readonly kind: 'message'; readonly type: number; readonly bytes: Buffer; readonly payload: Buffer };

export type BackendScannerOptions = {
  /** Types that come as whole messages. */
  readonly interesting: ReadonlySet<number>;
  /** Longest interesting message, header included. */
  readonly maxHeldBytes: number;
};

/**
 * Upstream to client without copying rows: a chunk is cut into runs to relay as they are and whole messages to look at,
 * in order. Of relayed frames nothing is kept but the number of bytes still to come, so a row of 1 GB costs no memory.
 */
export class BackendScanner {
  readonly #isInteresting = new Uint8Array(256);
  readonly #maxHeldBytes: number;
  /** Bytes of the relayed frame that are still to come. */
  #relayLeft = 0;
  /** The first bytes of a header that the end of a chunk has cut. */
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** An interesting message that goes on in the next chunk. */
  #held: { readonly type: number; readonly bytes: Buffer; filled: number } | undefined;

  constructor(options: BackendScannerOptions) {
    for (const type of options.interesting) this.#isInteresting[type] = 1;
    this.#maxHeldBytes = options.maxHeldBytes;
  }

  /** Everything given out so far ends with the end of a message: one of ours may be sent here. */
  get isBetweenFrames(): boolean {
    return this.#relayLeft === 0;
  }

  /**
   * @param chunk any slice of the stream; the items are slices of it, so it must not be written to afterwards
   * @throws PgError 08006 for a length below 4, 08P01 for an interesting message above `maxHeldBytes`. The stream cannot
   *   be read on after that.
   */
  scan(chunk: Buffer): readonly ScanItem[] {
    const items: ScanItem[] = [];
    let at = this.#finishHeld(chunk, items);
    at = this.#finishHeader(chunk, at, items);
    this.#scanFrames(chunk, at, items);
    return items;
  }

  #scanFrames(chunk: Buffer, from: number, items: ScanItem[]): void {
    let runStart = from;
    let at = from + this.#skip(chunk.length - from);
    let rows = 0;
    while (at + HEADER_BYTES <= chunk.length) {
      const type = chunk.readUInt8(at);
      const total = this.#checkedTotal(type, chunk.readInt32BE(at + 1));
      if (this.#isInteresting[type] === 1) {
        if (at > runStart) items.push({ kind: 'relay', bytes: chunk.subarray(runStart, at), rows });
        rows = 0;
        at = this.#takeMessage(type, total, chunk, at, items);
        runStart = at;
      } else {
        if (type === BACKEND.dataRow) rows += 1;
        this.#relayLeft = total;
        at += this.#skip(chunk.length - at);
      }
    }
    if (at > runStart) items.push({ kind: 'relay', bytes: chunk.subarray(runStart, at), rows });
    this.#keepHeader(chunk, at);
  }

  /** Counts off what of the relayed frame is in the next `available` bytes. */
  #skip(available: number): number {
    const skipped = Math.min(this.#relayLeft, available);
    this.#relayLeft -= skipped;
    return skipped;
  }

  #takeMessage(type: number, total: number, chunk: Buffer, at: number, items: ScanItem[]): number {
    if (at + total <= chunk.length) {
      items.push(wholeMessage(type, chunk.subarray(at, at + total)));
      return at + total;
    }
    const bytes = Buffer.allocUnsafeSlow(total);
    this.#held = { type, bytes, filled: chunk.copy(bytes, 0, at) };
    return chunk.length;
  }

  #finishHeld(chunk: Buffer, items: ScanItem[]): number {
    const held = this.#held;
    if (!held) return 0;
    const copied = chunk.copy(held.bytes, held.filled);
    held.filled += copied;
    if (held.filled === held.bytes.length) {
      this.#held = undefined;
      items.push(wholeMessage(held.type, held.bytes));
    }
    return copied;
  }

  #keepHeader(chunk: Buffer, at: number): void {
    if (at >= chunk.length) return;
    this.#headerBytes = chunk.copy(this.#header, 0, at);
  }

  /** Completes a header that began in an earlier chunk; nothing of it has been passed on yet. */
  #finishHeader(chunk: Buffer, from: number, items: ScanItem[]): number {
    if (this.#headerBytes === 0) return from;
    const copied = chunk.copy(this.#header, this.#headerBytes, from);
    this.#headerBytes += copied;
    if (this.#headerBytes < HEADER_BYTES) return from + copied;
    this.#headerBytes = 0;
    this.#startFromHeader(items);
    const rest = chunk.subarray(from + copied);
    return from + copied + (this.#held ? this.#finishHeld(rest, items) : 0);
  }

  #startFromHeader(items: ScanItem[]): void {
    const type = this.#header.readUInt8(0);
    const total = this.#checkedTotal(type, this.#header.readInt32BE(1));
    if (this.#isInteresting[type] === 1) {
      const bytes = Buffer.allocUnsafeSlow(total);
      this.#held = { type, bytes, filled: this.#header.copy(bytes) };
      return;
    }
    this.#relayLeft = total - HEADER_BYTES;
    items.push({ kind: 'relay', bytes: Buffer.from(this.#header), rows: type === BACKEND.dataRow ? 1 : 0 });
  }

  #checkedTotal(type: number, length: number): number {
    if (length < 4) throw upstreamViolation('sent a message with an invalid length');
    if (this.#isInteresting[type] === 1 && length + 1 > this.#maxHeldBytes) throw upstreamMessageTooLarge();
    return length + 1;
  }
}

function wholeMessage(type: number, bytes: Buffer): ScanItem {
  return { kind: 'message', type, bytes, payload: bytes.subarray(HEADER_BYTES) };
}

function upstreamMessageTooLarge(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.protocolViolation,
    message: 'upstream message too large',
  });
}
