import { createHash, createHmac, pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import { saslPrep } from './sasl-prep.ts';

/** The computations of SCRAM-SHA-256. @see RFC 5802, section 3; RFC 7677 */
export const SCRAM_KEY_BYTES = 32;

/** PostgreSQL's default (SCRAM_SHA_256_DEFAULT_ITERATIONS), and RFC 7677's minimum. */
export const SCRAM_DEFAULT_ITERATIONS = 4096;

export function hash(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

export function hmac(key: Buffer, data: string | Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** Both of the same length. */
export function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ right.readUInt8(index)));
}

/** Off the event loop: for logins. */
export async function saltedPassword(password: string, salt: Buffer, iterations: number): Promise<Buffer> {
  return promisify(pbkdf2)(saslPrep(password), salt, iterations, SCRAM_KEY_BYTES, 'sha256');
}

/** On it: for start-up and commands. */
export function saltedPasswordSync(password: string, salt: Buffer, iterations: number): Buffer {
  return pbkdf2Sync(saslPrep(password), salt, iterations, SCRAM_KEY_BYTES, 'sha256');
}

export function clientKey(salted: Buffer): Buffer {
  return hmac(salted, 'Client Key');
}

export function serverKey(salted: Buffer): Buffer {
  return hmac(salted, 'Server Key');
}

/** Strict: Buffer's own decoder skips what is not base64, so that two texts would mean one value. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
