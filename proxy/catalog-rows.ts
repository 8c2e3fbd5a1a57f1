import type { QueryFn } from '../policy/catalog/catalog.ts';
import type { PackedQueryFn } from '../policy/catalog/load.ts';
import { type PackedRows, PackedRowsBuilder, PackedRowsReader } from '../policy/catalog/packed-rows.ts';
import { asPgError, MAX_FRAME_BYTES } from './auth/simple-query.ts';
import { SocketReader } from './auth/socket-reader.ts';
import type { UpstreamConnection } from './auth/upstream-connect.ts';
import type { Timers } from './stepup/timers.ts';
import { decodeErrorFields } from './wire/backend-messages.ts';
import { BACKEND, type Frame } from './wire/frames.ts';
import { encodeQuery } from './wire/frontend-encode.ts';
import { type PgError, upstreamLost, upstreamViolation } from './wire/pg-error.ts';

/**
 * Runs queries one after the other on an idle upstream connection of which nobody else reads, and keeps the rows as they
 * come: the rows of a large catalog are not decoded in this thread.
 * @param deadline how long one may take; then the connection is given up
 * @throws (each query) PgError with upstream's own error; 08006 when the connection is lost. Not meant for a client.
 */
export function packedQuery(
  conn: Pick<UpstreamConnection, 'stream'>,
  deadline: { readonly timers: Timers; readonly timeoutMs: number },
): PackedQueryFn {
  let last: Promise<unknown> = Promise.resolve();
  return async (sql) => {
    const result = last.then(async () => {
      const stop = deadline.timers.after(deadline.timeoutMs, () => conn.stream.destroy());
      try {
        return await packedRows(conn, sql);
      } finally {
        stop();
      }
    });
    last = result.catch(() => undefined);
    return result;
  };
}

/** The same connection for small questions. */
export function unpacked(query: PackedQueryFn): QueryFn {
  return async (sql) => [...new PackedRowsReader(await query(sql)).rows()];
}

async function packedRows(conn: Pick<UpstreamConnection, 'stream'>, sql: string): Promise<PackedRows> {
  const reader = new SocketReader(conn.stream);
  try {
    conn.stream.write(encodeQuery(sql));
    return await readRows(reader);
  } finally {
    const leftover = reader.detach();
    if (leftover.length > 0 && !conn.stream.destroyed) conn.stream.unshift(leftover);
  }
}

async function readRows(reader: SocketReader): Promise<PackedRows> {
  const rows = new PackedRowsBuilder();
  let error: PgError | undefined;
  for (;;) {
    const frame = await reader.readFrame(MAX_FRAME_BYTES);
    if (frame.kind === 'closed') throw error ?? upstreamLost();
    if (frame.kind === 'badLength') throw upstreamViolation('sent a message with an invalid length');
    if (frame.type === BACKEND.readyForQuery) break;
    error ??= take(frame, rows);
  }
  if (error !== undefined) throw error;
  return rows.done();
}

/** @returns the error that the message reports */
function take({ type, bytes, payload }: Frame, rows: PackedRowsBuilder): PgError | undefined {
  if (type === BACKEND.dataRow) rows.append(bytes.subarray(1));
  if (type === BACKEND.copyInResponse || type === BACKEND.copyOutResponse || type === BACKEND.copyBothResponse) {
    throw upstreamViolation('started a COPY that was not asked for');
  }
  return type === BACKEND.errorResponse ? asPgError(decodeErrorFields(payload)) : undefined;
}
