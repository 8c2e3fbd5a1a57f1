/** Crockford's base32: no I, L, O or U, so that a code survives being read aloud. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 128 random bits: knowing the URL is a capability to see the statement, so it must not be guessable. */
export function newChallengeId(randomBytes: (size: number) => Buffer): string {
  return randomBytes(16).toString('base64url');
}

/** 40 random bits for eyes and the CLI, as `K7QM-4TXD`. It names a challenge and proves nothing. */
export function newShortCode(randomBytes: (size: number) => Buffer): string {
  const letters = [...randomBytes(8)].map((byte) => alphabet.charAt(byte & 31)).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** The short code that someone typed, in its normal form; undefined when it cannot be one. */
export function normalizeShortCode(typed: string): string | undefined {
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  if (!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(letters)) return undefined;
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
