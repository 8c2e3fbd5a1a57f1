/**
 * Wire bytes written down by hand for expectations and for peers in tests. Shares no code with the encoders under test:
 * numbers become hex text, text becomes bytes.
 */

/** Big-endian, two's complement. */
export function int(value: number, byteCount: 1 | 2 | 4): Buffer {
  const modulus = 2n ** BigInt(byteCount * 8);
  const unsigned = ((BigInt(value) % modulus) + modulus) % modulus;
  return Buffer.from(unsigned.toString(16).padStart(byteCount * 2, '0'), 'hex');
}

export const i8 = (value: number): Buffer => int(value, 1);
export const i16 = (value: number): Buffer => int(value, 2);
export const i32 = (value: number): Buffer => int(value, 4);

/** Characters without a terminator. */
export const text = (value: string): Buffer => Buffer.from(new TextEncoder().encode(value));

/** Characters and a NUL. */
export const cstr = (value: string): Buffer => Buffer.concat([text(value), i8(0)]);

/** `40 0a ff`: bytes in hex, spaces where you like. */
export const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');

/** A message with a type letter and its length, which counts itself. */
export function frame(type: string, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([text(type), i32(payload.length + 4), payload]);
}

/** A packet without a type letter: StartupMessage, SSLRequest, CancelRequest. */
export function packet(...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  return Buffer.concat([i32(payload.length + 4), payload]);
}

/** StartupMessage of protocol 3.minor. */
export function startup(parameters: Readonly<Record<string, string>>, minor = 0): Buffer {
  const fields = Object.entries(parameters).flatMap(([name, value]) => [cstr(name), cstr(value)]);
  return packet(i16(3), i16(minor), ...fields, i8(0));
}

export const sslRequest = hex('00 00 00 08 04 d2 16 2f');
export const gssRequest = hex('00 00 00 08 04 d2 16 30');

/** Every way to cut `bytes` into two, the uncut one included. */
export function everySplit(bytes: Buffer): readonly (readonly Buffer[])[] {
  const cuts = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
  return [[bytes], ...cuts.map((at) => [bytes.subarray(0, at), bytes.subarray(at)])];
}

/** One Buffer for each byte. */
export function singleBytes(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}
