import { timingSafeEqual } from 'node:crypto';
import { clientKey, decodeBase64, hash, hmac, saltedPassword, serverKey, xor } from './scram-keys.ts';

/** More would let whoever answers for upstream burn our processors; PostgreSQL's own default is 4096. */
const MAX_ITERATIONS = 10_000_000;

export type ScramClientFinal = {
  /** SASLResponse to be sent. */
  readonly message: string;
  /** The signature that the server's final message must carry. */
  readonly serverSignature: Buffer;
};

/** @param nonce printable ASCII without commas, fresh. The name stays empty, as libpq sends it. */
export function scramClientFirst(nonce: string): string {
  return `n,,n=,r=${nonce}`;
}

/**
 * @returns undefined when the server's first message is not the protocol, or its nonce does not continue ours
 * @see RFC 5802, section 3
 */
export async function scramClientFinal(
  password: string,
  nonce: string,
  serverFirst: string,
): Promise<ScramClientFinal | undefined> {
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]{0,8})(?:,.*)?$/s.exec(serverFirst);
  const [, serverNonce, saltText, iterationsText] = match ?? [];
  if (serverNonce === undefined || saltText === undefined) return undefined;
  if (!serverNonce.startsWith(nonce) || serverNonce.length === nonce.length) return undefined;
  const salt = decodeBase64(saltText);
  const iterations = Number(iterationsText);
  if (!salt || iterations > MAX_ITERATIONS) return undefined;

  const salted = await saltedPassword(password, salt, iterations);
  const withoutProof = `c=biws,r=${serverNonce}`;
  const authMessage = `n=,r=${nonce},${serverFirst},${withoutProof}`;
  const proof = xor(clientKey(salted), hmac(hash(clientKey(salted)), authMessage));
  return {
    message: `${withoutProof},p=${proof.toString('base64')}`,
    serverSignature: hmac(serverKey(salted), authMessage),
  };
}

/** Is the server one that knows the password's verifier? Without this check anyone could answer for it. */
export function isServerSignature(serverFinal: string, expected: Buffer): boolean {
  const [, text] = /^v=([A-Za-z0-9+/=]+)(?:,.*)?$/s.exec(serverFinal) ?? [];
  const signature = text === undefined ? undefined : decodeBase64(text);
  return signature?.length === expected.length && timingSafeEqual(signature, expected);
}
