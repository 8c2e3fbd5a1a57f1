import type { StatementFacts } from '../../policy/access/facts.ts';
import { encodeErrorResponse } from '../wire/backend-encode.ts';
import { decodeParameterStatus } from '../wire/backend-messages.ts';
import type { ScanItem } from '../wire/backend-scanner.ts';
import { BACKEND } from '../wire/frames.ts';
import { PgError, shuttingDown, upstreamLost } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';
import { endAtBoundary, endSession, endWithIncident, endWithViolation } from './ending.ts';
import { completionOf, type Execution, rowsOfTag, runsForeignCode } from './execution.ts';
import { dropOwnCatalog } from './own-catalog.ts';
import type { Expected, PipelineEvent, Reaction } from './pipeline.ts';
import { dispatch, type SessionState, wakeWaiters } from './session-state.ts';
import { shownToClient } from './shown-to-client.ts';

/**
 * What came from upstream, in order.
 * @param release frees the memory of all of it: nothing of an item may be kept beyond this call but by the client's socket
 */
export function receiveItems(session: SessionState, items: readonly ScanItem[], release?: () => void): void {
  session.output.together(() => {
    for (const item of items) {
      if (session.ended) return;
      if (item.kind === 'relay') relayRows(session, item.bytes, item.rows);
      else receiveMessage(session, item);
      if (session.ending && item.kind === 'message') endSession(session, session.ending);
    }
  }, release);
  if (session.ending && session.link.isBetweenMessages) endSession(session, session.ending);
  wakeWaiters(session);
  if (!session.ended && session.output.isFull) slowDown(session);
}

/** @param cause what upstream sent was no protocol */
export function upstreamViolated(session: SessionState, cause: unknown): void {
  session.deps.log.warn({ sessionId: session.deps.sessionId, err: cause }, 'upstream violated the protocol');
  if (cause instanceof PgError) upstreamGone(session);
  else endWithIncident(session, cause);
}

export function upstreamGone(session: SessionState): void {
  // After half a row there is no place for an error.
  const error = session.link.isBetweenMessages ? upstreamLost() : undefined;
  endSession(session, error ? { kind: 'upstreamLost', error } : { kind: 'upstreamLost' });
}

/** A slow reader stops upstream; nothing is kept here. */
function slowDown(session: SessionState): void {
  session.link.pause();
  session.output.onceDrained(() => session.link.resume());
}

function relayRows(session: SessionState, bytes: Buffer, rows: number): void {
  const { head } = session.pipeline;
  if (head?.kind === 'probe') {
    if (head.probe.rows.length < head.probe.maxPieces) head.probe.rows.push(Buffer.from(bytes));
    return;
  }
  if (head && 'execution' in head) {
    head.execution.rows += rows;
    head.execution.bytes += bytes.length;
  }
  session.output.write(bytes);
}

function receiveMessage(session: SessionState, item: Extract<ScanItem, { kind: 'message' }>): void {
  if (item.type === BACKEND.parameterStatus) observeParameter(session, item.payload);
  if (session.ended) return;
  const { head } = session.pipeline;
  const reaction = react(session, item);
  if (!reaction) return;
  if (head && 'execution' in head && reaction.relay.kind === 'pass') head.execution.bytes += item.bytes.length;
  relay(session, reaction, head, item);
  for (const event of reaction.events) apply(session, event);
}

function react(session: SessionState, item: Extract<ScanItem, { kind: 'message' }>): Reaction | undefined {
  try {
    return session.pipeline.onMessage(item.type, item.payload);
  } catch (cause) {
    upstreamViolated(session, cause);
    return undefined;
  }
}

function relay(
  session: SessionState,
  { relay: how }: Reaction,
  head: Expected | undefined,
  item: Extract<ScanItem, { kind: 'message' }>,
): void {
  if (how.kind === 'pass') session.output.write(shownToClient(session, head, item));
  if (how.kind === 'replace') session.output.write(encodeErrorResponse(how.error));
}

function apply(session: SessionState, event: PipelineEvent): void {
  switch (event.kind) {
    case 'confirmed':
      session.names.confirm(event.change);
      return;
    case 'dropped':
      session.names.drop(event.change);
      return;
    case 'statementDone':
      statementDone(session, event.execution, event.index, event.tag);
      return;
    case 'ended':
      completeExecution(session, event.execution);
      return;
    case 'copyIn':
      copyInStarted(session);
      return;
    case 'failed':
      failed(session, event);
      return;
    case 'ready':
      readyForQuery(session, event);
  }
}

function statementDone(session: SessionState, execution: Execution, index: number, tag: string): void {
  if (execution.rows === execution.rowsBefore) execution.rows += rowsOfTag(tag) ?? 0;
  execution.rowsBefore = execution.rows;
  if (execution.isWriting) session.written.add(execution.facts, session.deps.gate);
  const statement = execution.facts.statements[index];
  if (!statement) return;
  for (const effect of statement.effects) {
    session.names.apply(effect, statement, execution.text, session.namespace.current());
    session.namespace.apply(effect, tag);
  }
  if (runsForeignCode(statement) || dropsOnCommit(session, statement)) session.isUncertain = true;
}

/** A temporary table ON COMMIT DROP goes without a word. */
function dropsOnCommit(session: SessionState, statement: StatementFacts): boolean {
  if (!session.namespace.hasTemps) return false;
  return statement.effects.some((effect) => effect.kind === 'transaction' && effect.verb === 'commit');
}

function completeExecution(session: SessionState, execution: Execution): void {
  if (execution.decisionId === undefined) return;
  session.deps.gate.complete(execution.decisionId, completionOf(execution, session.deps.nowMs()));
}

function copyInStarted(session: SessionState): void {
  if (session.phase.kind === 'ready') dispatch(session, { kind: 'copyInStarted' });
  // The client went on to another statement instead of sending the data that upstream now waits for.
  else endWithViolation(session, 'unexpected message during COPY from stdin');
}

function failed(session: SessionState, event: Extract<PipelineEvent, { kind: 'failed' }>): void {
  if (event.isFatal) endSession(session, { kind: 'upstreamLost' });
  else if (event.needsSync) dispatch(session, { kind: 'batchFailed' });
  else dispatch(session, { kind: 'copyInFailed' });
}

function readyForQuery(session: SessionState, event: Extract<PipelineEvent, { kind: 'ready' }>): void {
  const { namespace, names } = session;
  session.status = event.status;
  // As dropsOnCommit(), for implicit transactions.
  if (event.status === 'I' && namespace.hasTemps && namespace.hasUncommittedChanges) session.isUncertain = true;
  namespace.readyForQuery(event.status, event.isFailed);
  if (session.reportedSearchPath !== undefined) namespace.observeSearchPath(session.reportedSearchPath);
  // At once, not with the next statement: the other sessions must not judge by the old catalog meanwhile.
  if (namespace.takeCommittedDdl()) session.catalogChange = session.deps.gate.catalogChanged();
  if (event.status === 'I') {
    names.endTransaction();
    dropOwnCatalog(session);
    session.written.clear();
    // Batches sent ahead may have written already.
    session.hasWritten = session.pipeline.isWriting;
  }
  if (session.isDraining && session.pipeline.isEmpty && session.phase.kind !== 'judging') {
    endAtBoundary(session, { kind: 'shutdown', error: shuttingDown() });
  }
}

function observeParameter(session: SessionState, payload: Buffer): void {
  const { name, value } = decodeParameterStatus(payload);
  if (name === 'search_path') session.reportedSearchPath = value;
  if (!isSoundParameter(name, value)) endSession(session, { kind: 'internal', error: unsoundParameter(name) });
}

/** Settings that change how upstream reads the text that was judged. */
export function isSoundParameter(name: string, value: string): boolean {
  if (name === 'standard_conforming_strings') return value === 'on';
  return name === 'client_encoding' ? value === 'UTF8' : true;
}

export function unsoundParameter(name: string): PgError {
  return new PgError({
    severity: 'FATAL',
    sqlstate: SQLSTATE.featureNotSupported,
    message: `parameter "${name}" has a value that is not supported by stepward`,
    hint: 'standard_conforming_strings must be on and client_encoding UTF8',
  });
}
