import { upstreamViolation } from './pg-error.ts';

/**
 * Decoders of what upstream sends. Text is read leniently (a server in another encoding may put any bytes into a message);
 * lengths are not.
 * @throws PgError 08006 for what is not the protocol: the upstream connection cannot be trusted any further
 */

/** By their code: S, V, C, M, D, H, P... */
export type ErrorFields = ReadonlyMap<string, string>;

/** Fields of an ErrorResponse or NoticeResponse. */
export function decodeErrorFields(payload: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < payload.length && payload.readUInt8(at) !== 0) {
    const end = endOfString(payload, at + 1);
    fields.set(String.fromCharCode(payload.readUInt8(at)), payload.toString('utf8', at + 1, end));
    at = end + 1;
  }
  if (at !== payload.length - 1) throw upstreamViolation('sent a malformed error or notice');
  return fields;
}

export function decodeReadyForQuery(payload: Buffer): 'I' | 'T' | 'E' {
  const status = payload.toString('latin1');
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw upstreamViolation('sent a malformed ReadyForQuery');
}

/** `SELECT 3`, `INSERT 0 1`, `BEGIN`... */
export function decodeCommandTag(payload: Buffer): string {
  const end = endOfString(payload, 0);
  if (end !== payload.length - 1) throw upstreamViolation('sent a malformed CommandComplete');
  return payload.toString('utf8', 0, end);
}

export function decodeParameterStatus(payload: Buffer): { readonly name: string; readonly value: string } {
  const endOfName = endOfString(payload, 0);
  const end = endOfString(payload, endOfName + 1);
  if (end !== payload.length - 1) throw upstreamViolation('sent a malformed ParameterStatus');
  return { name: payload.toString('utf8', 0, endOfName), value: payload.toString('utf8', endOfName + 1, end) };
}

/** `secret` is 4 bytes up to protocol 3.0, up to 256 in 3.2; a copy, since it outlives the message. */
export function decodeBackendKeyData(payload: Buffer): { readonly pid: number; readonly secret: Buffer } {
  if (payload.length < 8 || payload.length > 260) throw upstreamViolation('sent a malformed BackendKeyData');
  return { pid: payload.readInt32BE(0), secret: Buffer.from(payload.subarray(4)) };
}

/** Values of a DataRow in text form; null is SQL's NULL. */
export function decodeDataRow(payload: Buffer): (string | null)[] {
  if (payload.length < 2) throw upstreamViolation('sent a malformed DataRow');
  const values: (string | null)[] = [];
  let at = 2;
  for (let left = payload.readUInt16BE(0); left > 0; left -= 1) {
    if (at + 4 > payload.length) throw upstreamViolation('sent a malformed DataRow');
    const length = payload.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > payload.length) throw upstreamViolation('sent a malformed DataRow');
    values.push(length === -1 ? null : payload.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  if (at !== payload.length) throw upstreamViolation('sent a malformed DataRow');
  return values;
}

function endOfString(payload: Buffer, from: number): number {
  const end = payload.indexOf(0, from);
  if (end < 0) throw upstreamViolation('sent a string without its end');
  return end;
}
