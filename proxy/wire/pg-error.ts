import { SQLSTATE } from './sqlstate.ts';
import { utf8Length } from './utf8-length.ts';

export type PgErrorFields = {
  readonly severity?: 'ERROR' | 'FATAL';
  readonly sqlstate: string;
  /** Lower case, no full stop, one line, identifiers quoted as PostgreSQL quotes them. */
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters. */
  readonly position?: number;
  /** For the log only: never sent. */
  readonly cause?: unknown;
};

/**
 * The only error that crosses the wire to a client. Made by the named constructors below, so that all client text is in
 * one place. INVARIANT 5: nothing of a policy's text, another person's data or an internal error goes in.
 */
export class PgError extends Error {
  readonly severity: 'ERROR' | 'FATAL';
  readonly sqlstate: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: number | undefined;

  constructor(fields: PgErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'PgError';
    this.severity = fields.severity ?? 'ERROR';
    this.sqlstate = fields.sqlstate;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
  }
}

export function protocolViolation(message: string): PgError {
  return new PgError({ severity: 'FATAL', sqlstate: SQLSTATE.protocolViolation, message });
}

/** A frame of sound length with a wrong inside: PostgreSQL reports it and the session lives on. */
export function malformedMessage(message: string): PgError {
  return new PgError({ sqlstate: SQLSTATE.protocolViolation, message });
}

/** @param bytes from the first one on that is not UTF-8; as many are named as the character would have had */
export function invalidEncoding(bytes: Buffer): PgError {
  const named = [...bytes.subarray(0, utf8Length(bytes[0] ?? 0))].map(
    (byte) => `0x${byte.toString(16).padStart(2, '0')}`,
  );
  return new PgError({
    sqlstate: SQLSTATE.characterNotInRepertoire,
    message: `invalid byte sequence for encoding "UTF8": ${named.join(' ')}`,
  });
}

export function unsupportedProtocol(major: number, minor: number): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.featureNotSupported,
    message: `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.2`,
  });
}

/** What upstream sent is not the protocol: its connection cannot be read on. */
export function upstreamViolation(message: string): PgError {
  return new PgError({ severity: 'FATAL', sqlstate: SQLSTATE.connectionFailure, message: `upstream ${message}` });
}

/** `cause` says where and why, for the log: address and account are nobody's business at the client. */
export function upstreamUnavailable(cause: unknown): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.connectionFailure,
    message: 'could not connect to the upstream server',
    hint: 'ask the administrator of stepward: its log names the cause',
    cause,
  });
}

export function notSupported(what: string, hint?: string): PgError {
  return new PgError({ sqlstate: SQLSTATE.featureNotSupported, message: `${what} is not supported by stepward`, hint });
}

export function limitExceeded(message: string, hint?: string, severity: 'ERROR' | 'FATAL' = 'ERROR'): PgError {
  return new PgError({ severity, sqlstate: SQLSTATE.limitExceeded, message, hint });
}

/** Same text whether the person does not exist or the password is wrong, as PostgreSQL does. */
export function authenticationFailed(user: string): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidPassword,
    message: `password authentication failed for user "${user}"`,
  });
}

export function invalidAuthorization(message: string, hint?: string): PgError {
  return new PgError({ severity: 'FATAL', sqlstate: SQLSTATE.invalidAuthorization, message, hint });
}

export function databaseDoesNotExist(database: string): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidCatalogName,
    message: `database "${database}" does not exist`,
  });
}

/** PostgreSQL's own words for what comes behind an error in a transaction block. */
export function inFailedTransaction(): PgError {
  return new PgError({
    sqlstate: SQLSTATE.inFailedTransaction,
    message: 'current transaction is aborted, commands ignored until end of transaction block',
  });
}

export function preparedStatementDoesNotExist(name: string): PgError {
  return new PgError({
    sqlstate: SQLSTATE.invalidStatementName,
    message: name === '' ? 'unnamed prepared statement does not exist' : `prepared statement "${name}" does not exist`,
  });
}

export function portalDoesNotExist(name: string): PgError {
  return new PgError({ sqlstate: SQLSTATE.invalidCursorName, message: `portal "${name}" does not exist` });
}

export function cursorDoesNotExist(name: string): PgError {
  return new PgError({ sqlstate: SQLSTATE.invalidCursorName, message: `cursor "${name}" does not exist` });
}

export function holdCancelled(): PgError {
  return new PgError({ sqlstate: SQLSTATE.queryCanceled, message: 'canceling statement due to user request' });
}

export function holdWithdrawn(by: string): PgError {
  return new PgError({
    sqlstate: SQLSTATE.queryCanceled,
    message: `canceling statement: the step-up was withdrawn by ${by}`,
  });
}

export function holdExpired(seconds: number): PgError {
  return new PgError({
    sqlstate: SQLSTATE.queryCanceled,
    message: `canceling statement: not confirmed within ${seconds} seconds`,
    hint: 'run the statement again to get a new code',
  });
}

export function tooManyConnections(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.tooManyConnections,
    message: 'sorry, too many clients already',
  });
}

export function shuttingDown(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.adminShutdown,
    message: 'terminating connection due to administrator command',
  });
}

export function notReady(message: string): PgError {
  return new PgError({ severity: 'FATAL', sqlstate: SQLSTATE.cannotConnectNow, message });
}

export function upstreamLost(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.connectionFailure,
    message: 'connection to the upstream server was lost',
  });
}

export function auditUnavailable(): PgError {
  return new PgError({
    sqlstate: SQLSTATE.ioError,
    message: 'the audit store cannot be written, so no statement is forwarded',
    hint: 'ask the administrator of stepward: its log names the cause',
  });
}

export function catalogUnavailable(): PgError {
  return new PgError({
    sqlstate: SQLSTATE.cannotConnectNow,
    message: "the database's catalog cannot be read, so no statement can be analysed",
    hint: 'try again in a moment; the log of stepward names the cause',
  });
}

/** The cause goes to the log under the same id, never to the client. */
export function internalError(incidentId: string): PgError {
  return new PgError({
    sqlstate: SQLSTATE.internalError,
    message: 'internal error of the access proxy',
    detail: `incident ${incidentId}`,
  });
}
