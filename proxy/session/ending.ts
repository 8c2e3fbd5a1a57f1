import { encodeTerminate } from '../wire/frontend-encode.ts';
import { PgError, protocolViolation, shuttingDown } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';
import { completionOf } from './execution.ts';
import { dropOwnCatalog } from './own-catalog.ts';
import { dispatch, type SessionState, wakeWaiters } from './session-state.ts';
import type { SessionEnd } from './session-types.ts';

/** Long enough for the last error to reach a client, short enough for one that does not read. */
const GOODBYE_MS = 2000;
const CANCEL_AGAIN_MS = 500;

/** Ends the session once: last words to the client, completions of what ran, upstream closed. */
export function endSession(session: SessionState, end: SessionEnd): void {
  if (session.ended) return;
  session.ended = end;
  dropOwnCatalog(session);
  const wasBusy = !session.pipeline.isEmpty;
  dispatch(session, { kind: 'ended' });
  session.held?.withdraw(withdrawnBy(end));
  completeAbandoned(session);
  closeUpstream(session, wasBusy);
  closeClient(session, end);
  wakeWaiters(session);
  session.onEnded(end);
}

/**
 * Ends the session at the next place where the client can be told: an error inside a row would be no protocol.
 * What runs upstream is cancelled.
 */
export function endAtBoundary(session: SessionState, end: SessionEnd): void {
  if (session.ended || session.ending) return;
  if (session.link.isBetweenMessages || session.link.isGone) {
    endSession(session, end);
    return;
  }
  session.ending = end;
  void session.upstream.cancel();
  session.deps.timers.after(GOODBYE_MS, () => endSession(session, { kind: end.kind }));
}

export function endWithViolation(session: SessionState, message: string): void {
  endAtBoundary(session, { kind: 'protocolViolation', error: protocolViolation(message) });
}

/** INVARIANT 5: the client gets an incident id, the log the cause. */
export function endWithIncident(session: SessionState, cause: unknown): void {
  const incident = session.deps.reportIncident(cause);
  endAtBoundary(session, { kind: 'internal', error: fatalIncident(incident) });
}

/**
 * The client has closed its side. What it asked for before is still done, as PostgreSQL, which notices a lost client when
 * it answers, would; but nobody waits for a hold or for rows.
 */
export function clientGone(session: SessionState): void {
  session.held?.withdraw('disconnect');
  const { running } = session.pipeline;
  if (running !== undefined && !running.isWriting) endSession(session, { kind: 'clientGone' });
}

export function killSession(session: SessionState): void {
  endAtBoundary(session, { kind: 'killed', error: shuttingDown() });
}

export function drainSession(session: SessionState): void {
  session.isDraining = true;
  const isIdle = session.pipeline.isEmpty && session.phase.kind !== 'judging';
  if (session.held) session.held.withdraw('shutdown');
  else if (isIdle) endAtBoundary(session, { kind: 'shutdown', error: shuttingDown() });
}

function withdrawnBy(end: SessionEnd): 'disconnect' | 'administrator' | 'shutdown' {
  if (end.kind === 'killed') return 'administrator';
  return end.kind === 'shutdown' ? 'shutdown' : 'disconnect';
}

function completeAbandoned(session: SessionState): void {
  for (const expected of session.pipeline.abandon()) {
    if (!('execution' in expected) || expected.execution.decisionId === undefined) continue;
    const { execution } = expected;
    session.deps.gate.complete(expected.execution.decisionId, completionOf(execution, session.deps.nowMs(), true));
  }
}

/**
 * A backend in the middle of a statement does not notice a closed connection: it is cancelled. Twice, because a cancel
 * that overtakes the statement finds an idle backend and is forgotten; to one that has gone it does nothing.
 */
function closeUpstream(session: SessionState, wasBusy: boolean): void {
  if (!wasBusy || session.link.isGone) {
    session.link.close(encodeTerminate());
    return;
  }
  void session.upstream.cancel().finally(() => {
    session.link.close();
    session.deps.timers.after(CANCEL_AGAIN_MS, () => void session.upstream.cancel());
  });
}

function closeClient(session: SessionState, end: SessionEnd): void {
  session.output.end(end.error);
  const stop = session.deps.timers.after(GOODBYE_MS, () => session.output.destroy());
  session.client.stream.once('close', stop);
}

function fatalIncident(incident: string): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.internalError,
    message: 'internal error of the access proxy',
    detail: `incident ${incident}`,
  });
}
