import { inFailedTransaction, type PgError } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';
import type { SessionState } from './session-state.ts';

/** What PostgreSQL still does in a failed transaction, behind white space and comments. */
const ENDS_IT = /^(?:[\s;]|--[^\n\r]*|\/\*[^]*?\*\/)*(?:rollback|abort|commit|end|prepare\s+transaction)\b/i;

/** Nothing but its end can run in it, whatever policies say; a batch may have ended it already. */
export function isFailedFor(text: string, { status, batch }: SessionState): boolean {
  return status === 'E' && !batch.hasExecuted && !ENDS_IT.test(text);
}

/**
 * What a refused statement is told. In a failed transaction PostgreSQL looks at its grammar and no further, so that names
 * and rights are no matter there.
 */
export function refusalIn(session: SessionState, text: string, error: PgError): PgError {
  const isOwnMatter = error.sqlstate === SQLSTATE.syntaxError || error.severity === 'FATAL';
  return !isOwnMatter && isFailedFor(text, session) ? inFailedTransaction() : error;
}
