import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { serialize } from 'pg-protocol';
import { BACKEND, type Frame } from '../wire/frames.ts';
import { PayloadReader } from '../wire/payload-reader.ts';
import { isServerSignature, scramClientFinal, scramClientFirst } from './scram-client.ts';
import type { SocketReader } from './socket-reader.ts';
import { UpstreamErrorResponse } from './upstream-errors.ts';
import { isUnixSocket, type UpstreamTarget } from './upstream-target.ts';

/** Longer than any message of a start-up that is not made up. */
const MAX_LOGIN_FRAME_BYTES = 1024 * 1024;

type Conversation = {
  readonly stream: Socket;
  readonly reader: SocketReader;
  readonly target: UpstreamTarget;
  readonly isEncrypted: boolean;
  readonly randomBytes: (count: number) => Buffer;
};

/**
 * Answers upstream's requests for authentication, up to and including AuthenticationOk.
 * Known methods: trust, SCRAM-SHA-256, md5, and a cleartext password where nobody can listen in.
 * @throws UpstreamErrorResponse when upstream refuses; Error for what is not the protocol or not supported
 * @see PostgreSQL manual, "Message Flow: Start-up"
 */
export async function logInUpstream(conversation: Conversation): Promise<void> {
  const { code, data } = await readAuthentication(conversation);
  const { stream, target } = conversation;
  switch (code) {
    case 0:
      return;
    case 3:
      checkCleartextAllowed(conversation);
      stream.write(serialize.password(noNul(target.password)));
      return expectOk(conversation);
    case 5:
      stream.write(serialize.password(md5Response(target, data)));
      return expectOk(conversation);
    case 10:
      await scram(conversation, data);
      return expectOk(conversation);
    default:
      throw new Error(`upstream asks for authentication method ${code}, which is not supported`);
  }
}

/** The next message that is not a NoticeResponse: those of the service account's login concern no client. */
export async function readLoginFrame(reader: SocketReader): Promise<Frame> {
  for (;;) {
    const frame = await reader.readFrame(MAX_LOGIN_FRAME_BYTES);
    if (frame.kind === 'closed') throw new Error('upstream closed the connection during login');
    if (frame.kind === 'badLength') throw new Error('upstream sent a message of an invalid length during login');
    if (frame.type === BACKEND.errorResponse) throw new UpstreamErrorResponse(frame.payload);
    if (frame.type !== BACKEND.noticeResponse) return frame;
  }
}

async function readAuthentication(
  conversation: Conversation,
): Promise<{ readonly code: number; readonly data: Buffer }> {
  const frame = await readLoginFrame(conversation.reader);
  if (frame.type !== BACKEND.authentication) throw new Error(`upstream sent message type ${frame.type} during login`);
  const fields = new PayloadReader(frame.payload);
  return { code: fields.int32(), data: fields.rest() };
}

async function expectOk(conversation: Conversation): Promise<void> {
  const { code } = await readAuthentication(conversation);
  if (code !== 0) throw new Error(`upstream sent authentication request ${code} out of turn`);
}

async function scram(conversation: Conversation, offer: Buffer): Promise<void> {
  const { stream, target, randomBytes } = conversation;
  const mechanisms = offer.toString('latin1').split('\0');
  if (!mechanisms.includes('SCRAM-SHA-256')) throw new Error('upstream offers no SASL mechanism that is supported');
  const nonce = randomBytes(18).toString('base64');
  stream.write(serialize.sendSASLInitialResponseMessage('SCRAM-SHA-256', scramClientFirst(nonce)));
  const serverFirst = await expectSasl(conversation, 11);
  const final = await scramClientFinal(target.password, nonce, serverFirst);
  if (!final) throw new Error('upstream sent a malformed SCRAM message');
  stream.write(serialize.sendSCRAMClientFinalMessage(final.message));
  const serverFinal = await expectSasl(conversation, 12);
  // A server that skips this proof may be anyone: AuthenticationOk alone is not believed.
  if (!isServerSignature(serverFinal, final.serverSignature)) throw new Error("upstream's SCRAM signature is wrong");
}

async function expectSasl(conversation: Conversation, expected: 11 | 12): Promise<string> {
  const { code, data } = await readAuthentication(conversation);
  if (code !== expected) throw new Error(`upstream sent authentication request ${code} out of turn`);
  return data.toString('utf8');
}

/** @see PostgreSQL manual, "AuthenticationMD5Password" */
function md5Response({ user, password }: UpstreamTarget, salt: Buffer): string {
  if (salt.length !== 4) throw new Error('upstream sent a malformed md5 salt');
  const inner = md5(Buffer.from(password + user, 'utf8'));
  return `md5${md5(Buffer.concat([Buffer.from(inner, 'latin1'), salt]))}`;
}

function md5(data: Buffer): string {
  return createHash('md5').update(data).digest('hex');
}

/** Whoever answers in upstream's place could simply ask for the password. */
function checkCleartextAllowed({ target, isEncrypted }: Conversation): void {
  if (isEncrypted || isUnixSocket(target) || target.allowCleartextPassword === true) return;
  throw new Error('upstream asks for a cleartext password on a connection without TLS');
}

function noNul(password: string): string {
  if (password.includes('\0')) throw new Error('the upstream password has a NUL in it');
  return password;
}
