import { notSupported, PgError } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';

/** An error that ends a start-up is FATAL: the client must not wait for ReadyForQuery. */
export function asFatal(error: PgError): PgError {
  if (error.severity === 'FATAL') return error;
  const { sqlstate, message, detail, hint } = error;
  return new PgError({
    severity: 'FATAL',
    sqlstate,
    message,
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
    cause: error,
  });
}

export function tlsRequired(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidAuthorization,
    message: 'no encryption: this server accepts TLS connections only',
    hint: 'connect with sslmode=require or stricter',
  });
}

export function noUserName(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidAuthorization,
    message: 'no PostgreSQL user name specified in startup packet',
  });
}

/** INVARIANT 7: a replication connection reads everything and sends no statement that could be judged. */
export function replicationRefused(): PgError {
  return asFatal(notSupported('replication', 'connect without the parameter "replication", or to PostgreSQL directly'));
}

/** INVARIANT 1: a text in another encoding is another text to PostgreSQL than to whoever judges it as UTF-8. */
export function encodingRefused(encoding: string): PgError {
  return asFatal(notSupported(`client encoding "${encoding}"`, 'set client_encoding (or PGCLIENTENCODING) to UTF8'));
}

export function loginTimedOut(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.queryCanceled,
    message: 'canceling authentication due to timeout',
  });
}
