import { ScureBase32Plugin, verifySync } from 'otplib';

/** What a person's authenticator app was enrolled with. */
export type TotpSettings = {
  /** Base32, upper case, no padding; at least 16 bytes. */
  readonly secret: string;
  readonly digits: 6 | 8;
  /** Seconds. */
  readonly period: number;
};

export type TotpResult =
  | { readonly kind: 'ok'; readonly step: number }
  | { readonly kind: 'wrong' }
  /** The right code of a time step that was used already, or of an earlier one. */
  | { readonly kind: 'replayed' }
  | { readonly kind: 'malformed'; readonly digits: number };

/**
 * Checks a code against the current time step and its two neighbours, in constant time.
 * @param input as typed: spaces and full-width digits are taken too
 * @param lastStep the last time step that was accepted from this person, -1 for none; the caller keeps it
 * @see RFC 6238, section 5.2: a code is accepted once, at most one step early or late
 */
export function verifyTotp(totp: TotpSettings, input: string, nowMs: number, lastStep: number): TotpResult {
  const token = input.normalize('NFKC').replaceAll(/\s/g, '');
  if (token.length !== totp.digits || !/^[0-9]+$/.test(token)) return { kind: 'malformed', digits: totp.digits };
  const result = verifySync({
    secret: totp.secret,
    digits: totp.digits,
    period: totp.period,
    epoch: Math.floor(nowMs / 1000),
    epochTolerance: totp.period,
    token,
  });
  if (!result.valid || !('timeStep' in result)) return { kind: 'wrong' };
  return result.timeStep > lastStep ? { kind: 'ok', step: result.timeStep } : { kind: 'replayed' };
}

/** RFC 4226, section 4, R6: the shared secret must have at least 128 bits. */
const minSecretBytes = 16;
const maxSecretBytes = 64;

/** The secret in its normal form, or why it is none. Spaces, lower case and padding are taken, as apps print them. */
export function parseTotpSecret(text: string): { readonly secret: string } | { readonly problem: string } {
  const secret = text.replaceAll(/[\s-]/g, '').replace(/=+$/, '').toUpperCase();
  if (!/^[A-Z2-7]+$/.test(secret)) return { problem: 'expected a base32 secret (letters A to Z and digits 2 to 7)' };
  const bytes = decodedLength(secret);
  if (bytes === undefined) return { problem: 'this base32 secret is cut off' };
  if (bytes < minSecretBytes)
    return { problem: `the secret has ${bytes} bytes; at least ${minSecretBytes} are needed` };
  if (bytes > maxSecretBytes) return { problem: `the secret has ${bytes} bytes; at most ${maxSecretBytes} are taken` };
  return { secret };
}

function decodedLength(secret: string): number | undefined {
  try {
    return new ScureBase32Plugin().decode(secret).length;
  } catch {
    return undefined;
  }
}

/** 20 bytes: the length of SHA-1's output, as RFC 4226 recommends. */
export function newTotpSecret(randomBytes: (size: number) => Uint8Array): string {
  return new ScureBase32Plugin().encode(randomBytes(20)).replace(/=+$/, '');
}
