import { decodeDataRow } from '../wire/backend-messages.ts';
import {
  encodeBind,
  encodeClose,
  encodeExecute,
  encodeFlush,
  encodeParse,
  encodeSync,
} from '../wire/frontend-encode.ts';
import { upstreamViolation } from '../wire/pg-error.ts';
import type { ObservedNamespace } from './namespace.ts';
import type { Probe } from './pipeline.ts';
import { type SessionState, waitUntil } from './session-state.ts';
import { settle } from './settle.ts';

/** Every name qualified: the client's search_path must not choose what answers. */
const QUESTION = `SELECT pg_catalog.current_setting('search_path'), CURRENT_USER, c.relname
  FROM (VALUES (1)) AS one (n)
  LEFT JOIN pg_catalog.pg_class AS c
    ON c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
    AND NOT (c.relkind OPERATOR(pg_catalog.=) ANY ('{i,I,t,c}'::pg_catalog."char"[]))`;

/** Of protocol objects that live for one question, so that the client's unnamed ones stay as they are. */
const PROBE_NAME = 'stepward_probe';
const HEADER_BYTES = 5;

/**
 * Asks upstream what names mean now: search_path, role, temporary relations. Works inside an open batch and inside a
 * transaction; not in a failed one.
 * @throws PgError 08006 when upstream does not answer the question; SessionClosed
 */
export async function probeNamespace(session: SessionState): Promise<ObservedNamespace> {
  await settle(session);
  const probe: Probe = { closesLeft: 2, rows: [], state: 'asked' };
  session.pipeline.push({ kind: 'probe', probe });
  for (const bytes of questionMessages()) session.link.send(bytes);
  if (session.batch.isOpen) {
    session.link.send(encodeFlush());
  } else {
    session.pipeline.push({ kind: 'sync', isOwn: true });
    session.link.send(encodeSync());
  }
  session.link.flush();
  await waitUntil(session, () => session.pipeline.isEmpty);
  if (probe.state !== 'answered') throw upstreamViolation('could not tell its search_path');
  return observed(decodeRows(Buffer.concat(probe.rows)));
}

function questionMessages(): readonly Buffer[] {
  return [
    encodeParse(PROBE_NAME, QUESTION),
    encodeBind(PROBE_NAME, PROBE_NAME),
    encodeExecute(PROBE_NAME, 0),
    encodeClose('P', PROBE_NAME),
    encodeClose('S', PROBE_NAME),
  ];
}

function observed(rows: readonly (readonly (string | null)[])[]): ObservedNamespace {
  const [searchPath, role] = rows[0] ?? [];
  if (typeof searchPath !== 'string' || typeof role !== 'string') throw upstreamViolation('sent a malformed answer');
  return { searchPath, role, temps: rows.map((row) => row[2]).filter((name) => typeof name === 'string') };
}

function decodeRows(bytes: Buffer): readonly (readonly (string | null)[])[] {
  const rows: (readonly (string | null)[])[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    rows.push(decodeDataRow(bytes.subarray(at + HEADER_BYTES, end)));
    at = end;
  }
  return rows;
}
