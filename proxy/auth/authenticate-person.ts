import type { Principal } from '../../policy/engine/decision.ts';
import {
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from '../wire/backend-encode.ts';
import { FRONTEND } from '../wire/frames.ts';
import { decodeUtf8, PayloadReader } from '../wire/payload-reader.ts';
import { protocolViolation } from '../wire/pg-error.ts';
import type { LoginLimiter } from './login-limiter.ts';
import type { ClientChannel } from './negotiate-startup.ts';
import type { PeopleDirectory } from './people-directory.ts';
import { malformedScram } from './scram-errors.ts';
import { SCRAM_DEFAULT_ITERATIONS } from './scram-keys.ts';
import { finishScram, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, type ScramExchange, startScram } from './scram-server.ts';
import { mockScramVerifier } from './scram-verifier.ts';

export type AuthenticationOutcome =
  | {
      readonly kind: 'accepted';
      readonly principal: Principal;
      readonly mechanism: string;
      readonly finalMessage: Buffer;
    }
  | { readonly kind: 'refused'; readonly reason: 'unknown user' | 'wrong password' | 'too many failures' }
  /** The client has gone: psql does, to ask its user for the password. */
  | { readonly kind: 'closed' };

export type AuthenticateDeps = {
  readonly people: PeopleDirectory;
  readonly limiter: LoginLimiter;
  readonly randomBytes: (count: number) => Buffer;
};

/** SASL messages are short; PostgreSQL takes 1024 bytes (PG_MAX_SASL_MESSAGE_LENGTH). */
const MAX_SASL_FRAME_BYTES = 1024 + 5;

/**
 * Asks for a SCRAM-SHA-256 proof of the person's own password. A person who does not exist sees the same exchange.
 * @param who `address` for the limiter
 * @throws PgError FATAL for what is not the protocol
 */
export async function authenticatePerson(
  channel: ClientChannel,
  who: { readonly user: string; readonly address: string },
  deps: AuthenticateDeps,
): Promise<AuthenticationOutcome> {
  const begun = await beginExchange(channel, who.user, deps);
  if (!begun) return { kind: 'closed' };
  channel.stream.write(encodeAuthenticationSaslContinue(begun.exchange.serverFirst));
  const response = await readResponse(channel);
  if (!response) return { kind: 'closed' };
  return judge(finishScram(begun.exchange, decodeUtf8(response)), begun.mechanism, who, deps);
}

/** From the limiter's answer to its being told nothing waits, so that parallel tries are counted before each other. */
function judge(
  serverFinal: string | undefined,
  mechanism: string,
  { user, address }: { readonly user: string; readonly address: string },
  { people, limiter }: AuthenticateDeps,
): AuthenticationOutcome {
  const principal = people.find(user)?.principal;
  if (limiter.isBlocked(address, user)) return { kind: 'refused', reason: 'too many failures' };
  if (principal === undefined || serverFinal === undefined) {
    limiter.failed(address, user);
    return { kind: 'refused', reason: principal ? 'wrong password' : 'unknown user' };
  }
  limiter.succeeded(address, user);
  return { kind: 'accepted', principal, mechanism, finalMessage: encodeAuthenticationSaslFinal(serverFinal) };
}

async function beginExchange(
  channel: ClientChannel,
  user: string,
  { people, randomBytes }: AuthenticateDeps,
): Promise<{ readonly exchange: ScramExchange; readonly mechanism: string } | undefined> {
  const channelBinding = channel.tls?.serverEndPoint;
  const mechanisms = channelBinding ? [SCRAM_SHA_256_PLUS, SCRAM_SHA_256] : [SCRAM_SHA_256];
  channel.stream.write(encodeAuthenticationSasl(mechanisms));
  const response = await readResponse(channel);
  if (!response) return undefined;
  const { mechanism, data } = decodeInitialResponse(response);
  if (!mechanisms.includes(mechanism))
    throw protocolViolation('client selected an invalid SASL authentication mechanism');
  // Both are looked up for everybody: who exists must not show in the time taken.
  const mock = mockScramVerifier(user, people.mockSecret, people.mockIterations ?? SCRAM_DEFAULT_ITERATIONS);
  const verifier = people.find(user)?.scram ?? mock;
  const serverNonce = randomBytes(18).toString('base64');
  return { exchange: startScram(mechanism, data, { verifier, serverNonce, channelBinding }), mechanism };
}

/** SASLInitialResponse. A client may leave its data out (-1) and wait for an empty challenge; none that does SCRAM does so. */
function decodeInitialResponse(payload: Buffer): { readonly mechanism: string; readonly data: string } {
  const reader = new PayloadReader(payload);
  const mechanism = reader.cstring();
  const length = reader.int32();
  if (length !== reader.remaining) throw malformedScram();
  return { mechanism, data: decodeUtf8(reader.rest()) };
}

async function readResponse({ reader }: ClientChannel): Promise<Buffer | undefined> {
  const frame = await reader.readFrame(MAX_SASL_FRAME_BYTES);
  if (frame.kind === 'closed') return undefined;
  if (frame.kind === 'badLength') throw protocolViolation('invalid message length');
  if (frame.type !== FRONTEND.password) {
    throw protocolViolation(`expected SASL response, got message type ${frame.type}`);
  }
  return frame.payload;
}
