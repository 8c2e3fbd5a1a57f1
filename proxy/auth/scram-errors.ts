import { PgError } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';

/** Texts as PostgreSQL's auth-scram.c has them. */
export function malformedScram(detail?: string): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.protocolViolation,
    message: 'malformed SCRAM message',
    ...(detail === undefined ? {} : { detail }),
  });
}

export function scramBindingFailed(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidAuthorization,
    message: 'SCRAM channel binding check failed',
  });
}

export function scramDowngraded(): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.invalidAuthorization,
    message: 'SCRAM channel binding negotiation error',
    detail:
      'The client supports SCRAM channel binding but thinks the server does not. However, this server does support channel binding.',
  });
}
