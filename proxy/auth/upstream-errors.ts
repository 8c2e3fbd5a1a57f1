import { decodeErrorFields } from '../wire/backend-messages.ts';
import { databaseDoesNotExist, PgError, tooManyConnections, upstreamUnavailable } from '../wire/pg-error.ts';

/** An ErrorResponse of upstream, as an exception of the login; its text may name the service account. */
export class UpstreamErrorResponse extends Error {
  readonly fields: ReadonlyMap<string, string>;

  constructor(payload: Buffer) {
    const fields = decodeErrorFields(payload);
    super(`upstream: ${fields.get('C') ?? '?????'} ${fields.get('M') ?? 'no message'}`);
    this.name = 'UpstreamErrorResponse';
    this.fields = fields;
  }
}

/** Problems whose text is about what the client asked for, or about the server's state: no account, no address in it. */
const SHOWN_AS_THEY_ARE: ReadonlySet<string> = new Set([
  '22023', // invalid value for a start-up parameter
  '42704', // unknown start-up parameter
  '55000', // database is not accepting connections
  '57P01', // terminating connection due to administrator command
  '57P03', // the database system is starting up, shutting down, in recovery
]);

/**
 * What the client is told when upstream cannot be logged in to. INVARIANT 5: what concerns the service account (28P01 and
 * its like) or the network is the administrator's, in `cause`.
 */
export function upstreamLoginError(error: unknown, database: string): PgError {
  if (!(error instanceof UpstreamErrorResponse)) return upstreamUnavailable(error);
  const sqlstate = error.fields.get('C') ?? '';
  if (sqlstate === '3D000') return databaseDoesNotExist(database);
  if (sqlstate === '53300') return tooManyConnections();
  if (!SHOWN_AS_THEY_ARE.has(sqlstate)) return upstreamUnavailable(error);
  return new PgError({ severity: 'FATAL', sqlstate, message: error.fields.get('M') ?? '', cause: error });
}
