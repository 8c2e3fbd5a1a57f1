import { HEADER_BYTES } from './frames.ts';

/** A message: type byte, int32 length that counts itself, then the fields. */
export function message(type: number, ...fields: readonly Buffer[]): Buffer {
  const payloadBytes = fields.reduce((sum, field) => sum + field.length, 0);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payloadBytes);
  bytes.writeUInt8(type, 0);
  bytes.writeInt32BE(payloadBytes + 4, 1);
  let at = HEADER_BYTES;
  for (const field of fields) at += field.copy(bytes, at);
  return bytes;
}

/** A start-up packet: as a message, but without a type byte. */
export function untypedMessage(...fields: readonly Buffer[]): Buffer {
  return message(0, ...fields).subarray(1);
}

/**
 * A NUL-terminated string.
 * @throws RangeError for a NUL inside, which would end the field early and turn its tail into the next field
 */
export function cstring(text: string): Buffer {
  if (text.includes('\0')) throw new RangeError('a protocol string cannot hold a NUL');
  return Buffer.from(`${text}\0`, 'utf8');
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value, 0);
  return bytes;
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

export function uint8(value: number): Buffer {
  return Buffer.of(value);
}
