import type { QueryFn } from '../../policy/catalog/catalog.ts';
import type { Timers } from '../stepup/timers.ts';
import { decodeDataRow, decodeErrorFields } from '../wire/backend-messages.ts';
import { BACKEND, type Frame } from '../wire/frames.ts';
import { encodeQuery } from '../wire/frontend-encode.ts';
import { PgError, upstreamLost, upstreamViolation } from '../wire/pg-error.ts';
import { SocketReader } from './socket-reader.ts';
import type { UpstreamConnection } from './upstream-connect.ts';

/** No row of a catalog is longer. */
export const MAX_FRAME_BYTES = 256 * 1024 * 1024;

/**
 * One simple Query on an idle upstream connection of which nobody else reads.
 * @returns the rows of its last statement that gave any, values in text form
 * @throws PgError with upstream's own SQLSTATE and message when it reports an error (the connection is usable again then);
 *   08006 when the connection is lost. For stepward's own queries: such an error is not meant for a client.
 */
export async function queryRows(conn: Pick<UpstreamConnection, 'stream'>, sql: string): Promise<(string | null)[][]> {
  const reader = new SocketReader(conn.stream);
  try {
    conn.stream.write(encodeQuery(sql));
    return await readResult(reader);
  } finally {
    const leftover = reader.detach();
    if (leftover.length > 0 && !conn.stream.destroyed) conn.stream.unshift(leftover);
  }
}

/**
 * The catalog's way to ask: queries queue behind one another.
 * @param deadline how long one may take; then the connection is given up. Without it, an upstream that has vanished without
 *   closing would keep everybody waiting who waits for the catalog
 */
export function catalogQuery(
  conn: Pick<UpstreamConnection, 'stream'>,
  deadline?: { readonly timers: Timers; readonly timeoutMs: number },
): QueryFn {
  let last: Promise<unknown> = Promise.resolve();
  return async (sql) => {
    const result = last.then(async () => {
      const stop = deadline?.timers.after(deadline.timeoutMs, () => conn.stream.destroy());
      try {
        return await queryRows(conn, sql);
      } finally {
        stop?.();
      }
    });
    last = result.catch(() => undefined);
    return result;
  };
}

type Result = { rows: (string | null)[][]; error: PgError | undefined };

async function readResult(reader: SocketReader): Promise<(string | null)[][]> {
  const result: Result = { rows: [], error: undefined };
  for (;;) {
    const frame = await reader.readFrame(MAX_FRAME_BYTES);
    if (frame.kind === 'closed') throw result.error ?? upstreamLost();
    if (frame.kind === 'badLength') throw upstreamViolation('sent a message with an invalid length');
    if (frame.type === BACKEND.readyForQuery) break;
    take(frame, result);
  }
  if (result.error) throw result.error;
  return result.rows;
}

function take({ type, payload }: Frame, result: Result): void {
  if (type === BACKEND.rowDescription) result.rows = [];
  if (type === BACKEND.dataRow) result.rows.push(decodeDataRow(payload));
  if (type === BACKEND.errorResponse) result.error ??= asPgError(decodeErrorFields(payload));
  if (type === BACKEND.copyInResponse || type === BACKEND.copyOutResponse || type === BACKEND.copyBothResponse) {
    throw upstreamViolation('started a COPY that was not asked for');
  }
}

/** Upstream's own error, for the log. */
export function asPgError(fields: ReadonlyMap<string, string>): PgError {
  const [detail, hint] = [fields.get('D'), fields.get('H')];
  return new PgError({
    sqlstate: fields.get('C') ?? 'XX000',
    message: fields.get('M') ?? '',
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
  });
}
