import { CANCEL_REQUEST_CODE, GSSENC_REQUEST_CODE, SSL_REQUEST_CODE } from '../wire/frontend-encode.ts';
import { PayloadReader } from '../wire/payload-reader.ts';
import { PgError, unsupportedProtocol } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';

/** PostgreSQL's MAX_STARTUP_PACKET_LENGTH, which does not count the packet's own length. */
export const MAX_STARTUP_PACKET_BYTES = 10_004;

/** The smallest packet: its own length and a code. */
export const MIN_STARTUP_PACKET_BYTES = 8;

/** The newest minor version of protocol 3 that stepward speaks: 3.2 allows longer cancel keys. */
export const NEWEST_MINOR = 2;

export type StartupPacket =
  | { readonly kind: 'sslRequest' }
  | { readonly kind: 'gssRequest' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly secret: Buffer }
  /** A CancelRequest with no key, or one that is too long: there is no answer to any. */
  | { readonly kind: 'badCancel' }
  | StartupMessage;

export type StartupMessage = {
  readonly kind: 'startup';
  /** As asked for; may be newer than NEWEST_MINOR. */
  readonly minor: number;
  /** Without the `_pq_.` options. A name given twice has its last value, as in PostgreSQL. */
  readonly parameters: ReadonlyMap<string, string>;
  /** `_pq_.` options asked for: stepward knows none. */
  readonly protocolOptions: readonly string[];
};

/**
 * @param payload what follows the packet's length
 * @param allowed requests that may still be made: each is answered once for each connection, as PostgreSQL does
 * @throws PgError FATAL 0A000 for another protocol, 08P01 for a packet that is cut short or goes on too long
 * @see PostgreSQL manual, "Message Formats"; PostgreSQL's ProcessStartupPacket()
 */
export function decodeStartupPacket(
  payload: Buffer,
  allowed: { readonly ssl: boolean; readonly gss: boolean },
): StartupPacket {
  const version = payload.readUInt32BE(0);
  if (version === CANCEL_REQUEST_CODE) return decodeCancel(payload);
  if (version === SSL_REQUEST_CODE && allowed.ssl) return { kind: 'sslRequest' };
  if (version === GSSENC_REQUEST_CODE && allowed.gss) return { kind: 'gssRequest' };
  const major = version >>> 16;
  const minor = version & 0xffff;
  if (major !== 3) throw unsupportedProtocol(major, minor);
  return { kind: 'startup', minor, ...decodeParameters(payload.subarray(4)) };
}

/** A key is 4 bytes up to protocol 3.0, up to 256 bytes in 3.2. */
function decodeCancel(payload: Buffer): StartupPacket {
  const secretBytes = payload.length - 8;
  if (secretBytes < 4 || secretBytes > 256) return { kind: 'badCancel' };
  return { kind: 'cancel', pid: payload.readInt32BE(4), secret: payload.subarray(8) };
}

function decodeParameters(bytes: Buffer): Pick<StartupMessage, 'parameters' | 'protocolOptions'> {
  const parameters = new Map<string, string>();
  const protocolOptions: string[] = [];
  if (bytes.at(-1) !== 0) throw expectedTerminator();
  const reader = new PayloadReader(bytes);
  for (let name = readString(reader); name !== ''; name = readString(reader)) {
    const value = readString(reader);
    if (name.startsWith('_pq_.')) protocolOptions.push(name);
    else parameters.set(name, value);
  }
  if (reader.remaining !== 0) throw expectedTerminator();
  return { parameters, protocolOptions };
}

/** Any error is the end of a start-up. */
function readString(reader: PayloadReader): string {
  try {
    return reader.cstring();
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
    if (error.sqlstate === SQLSTATE.protocolViolation) throw expectedTerminator();
    throw new PgError({ severity: 'FATAL', sqlstate: error.sqlstate, message: error.message });
  }
}

function expectedTerminator(): PgError {
  return invalidLayout('invalid startup packet layout: expected terminator as last byte');
}

function invalidLayout(message: string): PgError {
  return new PgError({ severity: 'FATAL', sqlstate: SQLSTATE.protocolViolation, message });
}
