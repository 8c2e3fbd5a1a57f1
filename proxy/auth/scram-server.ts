import { timingSafeEqual } from 'node:crypto';
import { malformedScram, scramBindingFailed, scramDowngraded } from './scram-errors.ts';
import { decodeBase64, hash, hmac, SCRAM_KEY_BYTES, xor } from './scram-keys.ts';
import type { ScramVerifier } from './scram-verifier.ts';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';

export type ScramOffer = {
  readonly verifier: ScramVerifier;
  /** Printable ASCII without commas, fresh for each exchange. */
  readonly serverNonce: string;
  /** tls-server-end-point of the connection; undefined when SCRAM-SHA-256-PLUS is not offered. */
  readonly channelBinding: Buffer | undefined;
};

export type ScramExchange = {
  readonly verifier: ScramVerifier;
  readonly clientFirstBare: string;
  readonly serverFirst: string;
  readonly nonce: string;
  /** What `c=` of the client's final message must be. */
  readonly channelBindingInput: string;
};

/**
 * Answers the client's first message.
 *
 * The user name in it is not looked at: as in PostgreSQL, who logs in is said by the start-up packet.
 * @throws PgError 08P01 for what is not the protocol; 28000 for a client that was made to believe that there is no channel
 *   binding (a downgrade by someone in the middle)
 * @see RFC 5802, sections 5 to 7
 */
export function startScram(mechanism: string, clientFirst: string, offer: ScramOffer): ScramExchange {
  const match = /^(n|y|p=([A-Za-z0-9.-]+)),(a=[^,]*)?,(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(clientFirst);
  const [, flag, bindingType, authorizationId, clientFirstBare, clientNonce] = match ?? [];
  if (flag === undefined || clientFirstBare === undefined || clientNonce === undefined) throw malformedScram();
  if (authorizationId !== undefined) throw malformedScram('an authorization identity is not supported');
  checkBindingFlag(mechanism, flag, bindingType, offer.channelBinding);

  const nonce = clientNonce + offer.serverNonce;
  const { salt, iterations } = offer.verifier;
  return {
    verifier: offer.verifier,
    clientFirstBare,
    nonce,
    serverFirst: `r=${nonce},s=${salt.toString('base64')},i=${iterations}`,
    channelBindingInput: channelBindingInput(mechanism, flag, offer.channelBinding),
  };
}

/**
 * Checks the client's proof.
 * @returns the server's final message, which proves the server to the client; undefined for a wrong password
 * @throws PgError 08P01 for what is not the protocol; 28000 when the channel is not the one that the client sees
 */
export function finishScram(exchange: ScramExchange, clientFinal: string): string | undefined {
  const match = /^(c=([A-Za-z0-9+/=]*),r=([^,]*)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(clientFinal);
  const [, withoutProof, binding, nonce, proofText] = match ?? [];
  if (withoutProof === undefined || proofText === undefined) throw malformedScram();
  if (binding !== exchange.channelBindingInput) throw scramBindingFailed();
  if (nonce !== exchange.nonce) throw malformedScram('nonce does not match');
  const proof = decodeBase64(proofText);
  if (proof?.length !== SCRAM_KEY_BYTES) throw malformedScram('malformed proof');

  const authMessage = `${exchange.clientFirstBare},${exchange.serverFirst},${withoutProof}`;
  const { storedKey, serverKey } = exchange.verifier;
  const clientKey = xor(proof, hmac(storedKey, authMessage));
  const serverSignature = hmac(serverKey, authMessage);
  return timingSafeEqual(hash(clientKey), storedKey) ? `v=${serverSignature.toString('base64')}` : undefined;
}

function checkBindingFlag(
  mechanism: string,
  flag: string,
  bindingType: string | undefined,
  channelBinding: Buffer | undefined,
): void {
  if (mechanism === SCRAM_SHA_256_PLUS) {
    if (bindingType === undefined) throw malformedScram('SCRAM-SHA-256-PLUS needs channel binding data');
    if (bindingType !== 'tls-server-end-point') throw malformedScram('unsupported channel binding type');
    return;
  }
  if (bindingType !== undefined) throw malformedScram('SCRAM-SHA-256 has no channel binding');
  // `y`: "I could bind, but you do not offer it". We did, so somebody has edited our offer on its way.
  if (flag === 'y' && channelBinding !== undefined) throw scramDowngraded();
}

function channelBindingInput(mechanism: string, flag: string, channelBinding: Buffer | undefined): string {
  const header = Buffer.from(`${flag},,`, 'ascii');
  const data = mechanism === SCRAM_SHA_256_PLUS && channelBinding ? channelBinding : Buffer.alloc(0);
  return Buffer.concat([header, data]).toString('base64');
}
