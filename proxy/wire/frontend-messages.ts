import type { Frame } from './frames.ts';
import { PayloadReader } from './payload-reader.ts';
import { malformedMessage } from './pg-error.ts';

/**
 * Decoders of what the gate must understand. Each reads its whole payload and refuses what is cut short, goes on too long,
 * lacks a NUL or is not UTF-8: what PostgreSQL could read differently is never forwarded.
 * @see PostgreSQL manual, "Message Formats"
 */
export type QueryMessage = { readonly text: string };
export type ParseMessage = {
  readonly name: string;
  readonly text: string;
  /** 0 leaves the type to the server. */
  readonly parameterTypeOids: readonly number[];
};
export type BindMessage = { readonly portal: string; readonly statement: string };
/** `maxRows` 0 is no limit. */
export type ExecuteMessage = { readonly portal: string; readonly maxRows: number };
export type TargetMessage = { readonly target: 'S' | 'P'; readonly name: string };

/** @throws PgError 08P01, 22021 */
export function decodeQuery(frame: Pick<Frame, 'payload'>): QueryMessage {
  const reader = new PayloadReader(frame.payload);
  const text = reader.cstring();
  reader.end();
  return { text };
}

/** @throws PgError 08P01, 22021 */
export function decodeParse(frame: Pick<Frame, 'payload'>): ParseMessage {
  const reader = new PayloadReader(frame.payload);
  const name = reader.cstring();
  const text = reader.cstring();
  const count = reader.uint16();
  // Checked before anything is made of that length.
  if (count * 4 > reader.remaining) throw malformedMessage('insufficient data left in message');
  const parameterTypeOids = Array.from({ length: count }, () => reader.uint32());
  reader.end();
  return { name, text, parameterTypeOids };
}

/**
 * Reads the two names only: the values are the server's to check, and may be large.
 * @throws PgError 08P01, 22021
 */
export function decodeBind(frame: Pick<Frame, 'payload'>): BindMessage {
  const reader = new PayloadReader(frame.payload);
  return { portal: reader.cstring(), statement: reader.cstring() };
}

/** @throws PgError 08P01, 22021 */
export function decodeExecute(frame: Pick<Frame, 'payload'>): ExecuteMessage {
  const reader = new PayloadReader(frame.payload);
  const message = { portal: reader.cstring(), maxRows: reader.int32() };
  reader.end();
  return message;
}

/** @throws PgError 08P01, 22021 */
export function decodeDescribe(frame: Pick<Frame, 'payload'>): TargetMessage {
  return decodeTarget(frame.payload, 'DESCRIBE');
}

/** @throws PgError 08P01, 22021 */
export function decodeClose(frame: Pick<Frame, 'payload'>): TargetMessage {
  return decodeTarget(frame.payload, 'CLOSE');
}

function decodeTarget(payload: Buffer, message: 'DESCRIBE' | 'CLOSE'): TargetMessage {
  const reader = new PayloadReader(payload);
  const subtype = reader.uint8();
  const name = reader.cstring();
  reader.end();
  if (subtype === 0x53) return { target: 'S', name };
  if (subtype === 0x50) return { target: 'P', name };
  throw malformedMessage(`invalid ${message} message subtype ${subtype}`);
}
