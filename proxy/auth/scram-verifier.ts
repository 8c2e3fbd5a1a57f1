import { clientKey, decodeBase64, hash, hmac, SCRAM_KEY_BYTES, saltedPasswordSync, serverKey } from './scram-keys.ts';

/** What a server keeps of a password: enough to check it, not enough to log in with it. @see RFC 5802, section 3 */
export type ScramVerifier = {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
};

/** Blocks for some milliseconds: for start-up and commands, not for sessions. */
export function makeScramVerifier(
  password: string,
  options: { readonly salt: Buffer; readonly iterations: number },
): ScramVerifier {
  const salted = saltedPasswordSync(password, options.salt, options.iterations);
  return { ...options, storedKey: hash(clientKey(salted)), serverKey: serverKey(salted) };
}

/** PostgreSQL's text form, as in pg_authid.rolpassword: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
export function formatScramVerifier(verifier: ScramVerifier): string {
  const [salt, stored, server] = [verifier.salt, verifier.storedKey, verifier.serverKey].map((bytes) =>
    bytes.toString('base64'),
  );
  return `SCRAM-SHA-256$${verifier.iterations}:${salt}$${stored}:${server}`;
}

/** @returns undefined when the text is not of that form */
export function parseScramVerifier(text: string): ScramVerifier | undefined {
  const match = /^SCRAM-SHA-256\$([1-9][0-9]{0,8}):([^:$]+)\$([^:$]+):([^:$]+)$/.exec(text);
  const [, iterations, ...encoded] = match ?? [];
  const [salt, storedKey, server] = encoded.map(decodeBase64);
  if (!salt || storedKey?.length !== SCRAM_KEY_BYTES || server?.length !== SCRAM_KEY_BYTES) return undefined;
  return { iterations: Number(iterations), salt, storedKey, serverKey: server };
}

/**
 * A verifier that no password satisfies, for a name that nobody has: the exchange then looks as it does for a person who
 * exists, the salt being the same at each try (a salt that changes would tell).
 * @param secret known to this server only, the same for all its life
 * @param iterations those of real verifiers
 * @see PostgreSQL's mock_scram_secret()
 */
export function mockScramVerifier(name: string, secret: Buffer, iterations: number): ScramVerifier {
  const salt = hmac(secret, `salt ${name}`).subarray(0, 16);
  return { iterations, salt, storedKey: hmac(secret, `stored ${name}`), serverKey: hmac(secret, `server ${name}`) };
}
