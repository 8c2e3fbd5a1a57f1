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
/** A few names. */
const MAX_NAMES = 4096;

/**
 * Asks upstream what names mean now: search_path, role, temporary relations. Works inside an open batch and inside a
 * transaction; not in a failed one.
 * @throws PgError 08006 when upstream does not answer the question; SessionClosed
 */
export async function probeNamespace(session: SessionState): Promise<ObservedNamespace> {
  const [answer] = await askUpstream(session, [QUESTION], MAX_NAMES);
  if (answer === undefined) throw upstreamViolation('could not tell its search_path');
  return observed(splitRows(answer).map((row) => decodeDataRow(row.subarray(HEADER_BYTES))));
}

/**
 * Asks upstream, on the client's connection, without the client hearing of it. Works where probeNamespace works.
 * @param maxPieces of the rows of an answer that are kept
 * @returns the DataRow messages of each answer; undefined where the question, or one before it, failed
 * @throws SessionClosed
 */
export async function askUpstream(
  session: SessionState,
  questions: readonly string[],
  maxPieces: number,
): Promise<readonly (Buffer | undefined)[]> {
  await settle(session);
  const probes = questions.map((): Probe => ({ closesLeft: 2, rows: [], maxPieces, state: 'asked' }));
  for (const [at, probe] of probes.entries()) {
    session.pipeline.push({ kind: 'probe', probe });
    for (const bytes of questionMessages(questions[at] ?? '')) session.link.send(bytes);
  }
  if (session.batch.isOpen) {
    session.link.send(encodeFlush());
  } else {
    session.pipeline.push({ kind: 'sync', isOwn: true });
    session.link.send(encodeSync());
  }
  session.link.flush();
  await waitUntil(session, () => session.pipeline.isEmpty);
  return probes.map(({ state, rows }) => (state === 'answered' ? Buffer.concat(rows) : undefined));
}

function questionMessages(question: string): readonly Buffer[] {
  return [
    encodeParse(PROBE_NAME, question),
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

/** Whole messages, type byte and length included; half a one at the end is left out. */
export function splitRows(bytes: Buffer): readonly Buffer[] {
  const rows: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    rows.push(bytes.subarray(at, end));
    at = end;
  }
  return rows;
}
