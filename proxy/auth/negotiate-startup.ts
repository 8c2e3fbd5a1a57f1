import type { Socket } from 'node:net';
import { encodeNegotiateProtocolVersion } from '../wire/backend-encode.ts';
import { protocolViolation } from '../wire/pg-error.ts';
import { SocketReader } from './socket-reader.ts';
import {
  decodeStartupPacket,
  MAX_STARTUP_PACKET_BYTES,
  MIN_STARTUP_PACKET_BYTES,
  NEWEST_MINOR,
  type StartupMessage,
  type StartupPacket,
} from './startup-packet.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { acceptTls } from './tls-upgrade.ts';

/** The connection as far as it has come: plain, or inside TLS. */
export type ClientChannel = {
  readonly stream: Socket;
  readonly reader: SocketReader;
  /** The certificate shown; undefined while the connection is plain. */
  readonly tls: TlsIdentity | undefined;
};

export type Negotiated =
  | { readonly kind: 'startup'; readonly channel: ClientChannel; readonly startup: StartupMessage }
  | { readonly kind: 'cancel'; readonly channel: ClientChannel; readonly pid: number; readonly secret: Buffer }
  | { readonly kind: 'closed' };

export type NegotiateDeps = {
  /** Asked for each connection, so that a renewed certificate counts from then on. */
  readonly tls?: (() => TlsIdentity | undefined) | undefined;
  /** Told of each channel, so that an error can be answered on the one that the client reads. */
  onChannel(channel: ClientChannel): void;
};

/** First byte of a TLS record that carries a handshake. No start-up packet of up to 10,000 bytes begins with it. */
const TLS_HANDSHAKE = 0x16;

/**
 * Everything before the StartupMessage: direct TLS, SSLRequest, GSSENCRequest, CancelRequest, in any order that PostgreSQL
 * takes. What is no start-up packet at all (HTTP, absurd lengths) is closed without an answer, as PostgreSQL does.
 * @throws PgError FATAL, to be sent to the client
 * @see PostgreSQL manual, "Message Flow: Start-up, SSL Session Encryption, GSSAPI Session Encryption"
 */
export async function negotiateStartup(socket: Socket, deps: NegotiateDeps): Promise<Negotiated> {
  const plain: ClientChannel = { stream: socket, reader: new SocketReader(socket), tls: undefined };
  deps.onChannel(plain);
  if ((await plain.reader.peekByte()) !== TLS_HANDSHAKE) return requests(plain, deps, { ssl: true, gss: true });
  const secure = await encrypt(plain, deps, { requireAlpn: true });
  return secure ? requests(secure, deps, { ssl: false, gss: false }) : { kind: 'closed' };
}

type Allowed = { readonly ssl: boolean; readonly gss: boolean };

async function requests(channel: ClientChannel, deps: NegotiateDeps, allowed: Allowed): Promise<Negotiated> {
  const packet = await readPacket(channel.reader, allowed);
  switch (packet?.kind) {
    case undefined:
    case 'badCancel':
      return { kind: 'closed' };
    case 'startup':
      return { kind: 'startup', channel, startup: packet };
    case 'cancel':
      return { kind: 'cancel', channel, pid: packet.pid, secret: packet.secret };
    case 'gssRequest':
      channel.stream.write('N');
      return requests(channel, deps, { ...allowed, gss: false });
    case 'sslRequest':
      return answerSslRequest(channel, deps, allowed);
  }
}

async function answerSslRequest(channel: ClientChannel, deps: NegotiateDeps, allowed: Allowed): Promise<Negotiated> {
  if (!deps.tls?.()) {
    channel.stream.write('N');
    return requests(channel, deps, { ...allowed, ssl: false });
  }
  // Bytes that somebody in the middle has put behind the request must not count as sent inside TLS (CVE-2021-23222).
  if (channel.reader.unreadBytes > 0) throw protocolViolation('received unencrypted data after SSL request');
  channel.stream.write('S');
  const secure = await encrypt(channel, deps, { requireAlpn: false });
  return secure ? requests(secure, deps, { ssl: false, gss: false }) : { kind: 'closed' };
}

async function encrypt(
  { stream: raw, reader: rawReader }: ClientChannel,
  deps: NegotiateDeps,
  options: { readonly requireAlpn: boolean },
): Promise<ClientChannel | undefined> {
  const tls = deps.tls?.();
  if (!tls) return undefined;
  const handshake = rawReader.detach();
  if (handshake.length > 0) raw.unshift(handshake);
  const stream = await acceptTls(raw, tls, options);
  if (!stream) return undefined;
  const channel = { stream, reader: new SocketReader(stream), tls };
  deps.onChannel(channel);
  return channel;
}

async function readPacket(reader: SocketReader, allowed: Allowed): Promise<StartupPacket | undefined> {
  const length = (await reader.readBytes(4))?.readUInt32BE(0) ?? 0;
  if (length < MIN_STARTUP_PACKET_BYTES || length > MAX_STARTUP_PACKET_BYTES) return undefined;
  const payload = await reader.readBytes(length - 4);
  return payload && decodeStartupPacket(payload, allowed);
}

/** Tells a client of a newer minor version, or with options that stepward does not know, what it can have. */
export function negotiateVersion(channel: ClientChannel, { minor, protocolOptions }: StartupMessage): void {
  if (minor <= NEWEST_MINOR && protocolOptions.length === 0) return;
  channel.stream.write(encodeNegotiateProtocolVersion(Math.min(minor, NEWEST_MINOR), protocolOptions));
}
