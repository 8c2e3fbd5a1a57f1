import { isUtf8 } from 'node:buffer';
import { invalidEncoding, malformedMessage } from './pg-error.ts';
import { utf8Length } from './utf8-length.ts';

/**
 * Reads a payload field by field, checking every length.
 *
 * Errors are ERROR, not FATAL, as in PostgreSQL: the frame's own length was sound, so the stream can be read on.
 * @throws PgError 08P01 for a field that is cut short, a string without its NUL or bytes left at the end; 22021 for text
 *   that is not UTF-8
 */
export class PayloadReader {
  readonly #payload: Buffer;
  #at = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  get remaining(): number {
    return this.#payload.length - this.#at;
  }

  uint8(): number {
    return this.#payload.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#payload.readUInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#payload.readInt32BE(this.#advance(4));
  }

  uint32(): number {
    return this.#payload.readUInt32BE(this.#advance(4));
  }

  bytes(count: number): Buffer {
    if (count < 0) throw malformedMessage('insufficient data left in message');
    const start = this.#advance(count);
    return this.#payload.subarray(start, start + count);
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  /** A NUL-terminated string, without its NUL. */
  cstring(): string {
    const end = this.#payload.indexOf(0, this.#at);
    if (end < 0) throw malformedMessage('invalid string in message');
    const text = decodeUtf8(this.#payload.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** Nothing may be left: bytes that we did not look at could mean something to upstream. */
  end(): void {
    if (this.remaining !== 0) throw malformedMessage('invalid message format');
  }

  #advance(count: number): number {
    if (count > this.remaining) throw malformedMessage('insufficient data left in message');
    const start = this.#at;
    this.#at += count;
    return start;
  }
}

/**
 * Strict UTF-8, so that equal text means equal bytes (INVARIANT 1). A byte order mark stays in the text: TextDecoder would
 * drop it by default, and the text judged would not be the text that PostgreSQL reads.
 * @throws PgError 22021
 */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalidEncoding(bytes.subarray(firstInvalid(bytes)));
  return bytes.toString('utf8');
}

/** Where the first bad character begins. Halves what is left to look at: a text may have 64 MiB. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let end = bytes.length;
  for (let middle = characterStart(bytes, end >> 1); middle > valid; ) {
    if (isUtf8(bytes.subarray(valid, middle))) valid = middle;
    else end = middle;
    middle = characterStart(bytes, (valid + end) >> 1);
  }
  while (valid < end && isUtf8(bytes.subarray(valid, valid + utf8Length(bytes[valid] ?? 0)))) {
    valid += utf8Length(bytes[valid] ?? 0);
  }
  return valid;
}

/** The start of the character that the byte is in. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
