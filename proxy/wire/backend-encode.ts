import type { ErrorFields } from './backend-messages.ts';
import { BACKEND } from './frames.ts';
import { cstring, int32, message, uint8 } from './message-builder.ts';
import type { PgError } from './pg-error.ts';

export type Notice = {
  readonly severity: 'NOTICE' | 'WARNING' | 'INFO';
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
};

/** @see PostgreSQL manual, "Error and Notice Message Fields" */
export function encodeErrorResponse(error: PgError): Buffer {
  return message(BACKEND.errorResponse, ...diagnosticFields(error));
}

/**
 * An ErrorResponse or NoticeResponse of upstream's with other fields.
 * @param type of the message
 */
export function encodeErrorFields(type: number, fields: ErrorFields): Buffer {
  return message(type, ...[...fields].map(([code, value]) => field(code, value)), uint8(0));
}

export function encodeNotice(notice: Notice): Buffer {
  return message(BACKEND.noticeResponse, ...diagnosticFields(notice));
}

/** `I` idle, `T` in a transaction, `E` in a failed one. */
export function encodeReadyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return message(BACKEND.readyForQuery, uint8(status.charCodeAt(0)));
}

export function encodeParameterStatus(name: string, value: string): Buffer {
  return message(BACKEND.parameterStatus, cstring(name), cstring(value));
}

/** @param secret 4 bytes; up to 256 only for a client of protocol 3.2 */
export function encodeBackendKeyData(pid: number, secret: Buffer): Buffer {
  return message(BACKEND.backendKeyData, int32(pid), secret);
}

export function encodeCommandComplete(tag: string): Buffer {
  return message(BACKEND.commandComplete, cstring(tag));
}

export function encodeEmptyQueryResponse(): Buffer {
  return message(BACKEND.emptyQueryResponse);
}

export function encodeAuthenticationOk(): Buffer {
  return message(BACKEND.authentication, int32(0));
}

export function encodeAuthenticationCleartextPassword(): Buffer {
  return message(BACKEND.authentication, int32(3));
}

/** @param mechanisms in the server's order of preference */
export function encodeAuthenticationSasl(mechanisms: readonly string[]): Buffer {
  return message(BACKEND.authentication, int32(10), ...mechanisms.map(cstring), uint8(0));
}

export function encodeAuthenticationSaslContinue(data: string): Buffer {
  return message(BACKEND.authentication, int32(11), Buffer.from(data, 'utf8'));
}

export function encodeAuthenticationSaslFinal(data: string): Buffer {
  return message(BACKEND.authentication, int32(12), Buffer.from(data, 'utf8'));
}

/**
 * "I speak this version, and know none of these options."
 *
 * The manual says that the first field is the newest *minor* version; every server sends the whole version number
 * (3 << 16 | minor), and libpq expects it so.
 */
export function encodeNegotiateProtocolVersion(minor: number, unknownOptions: readonly string[]): Buffer {
  return message(
    BACKEND.negotiateProtocolVersion,
    int32(0x0003_0000 | minor),
    int32(unknownOptions.length),
    ...unknownOptions.map(cstring),
  );
}

type Diagnostics = {
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: number | undefined;
};

function diagnosticFields(diagnostics: Diagnostics): readonly Buffer[] {
  return [
    field('S', diagnostics.severity),
    field('V', diagnostics.severity),
    field('C', diagnostics.sqlstate),
    field('M', diagnostics.message),
    field('D', diagnostics.detail),
    field('H', diagnostics.hint),
    field('P', diagnostics.position?.toString()),
    uint8(0),
  ];
}

/** A NUL in a text (it may quote what a client sent) would end the message early: it is shown as U+FFFD. */
function field(code: string, value: string | undefined): Buffer {
  return value === undefined ? Buffer.alloc(0) : Buffer.from(`${code}${value.replaceAll('\0', '\u{FFFD}')}\0`, 'utf8');
}
