import type { Frame } from '../wire/frames.ts';
import { decodeClose, decodeDescribe, decodeQuery } from '../wire/frontend-messages.ts';
import { PgError } from '../wire/pg-error.ts';
import { createExecution, isCopy } from './execution.ts';
import { handleBind, handleExecute, handleParse } from './extended.ts';
import { handleFunctionCall } from './function-call.ts';
import type { JudgeRequest } from './gate-contract.ts';
import { type Forward, judge } from './judge.ts';
import type { MessageName } from './phase.ts';
import { refuse } from './refuse.ts';
import { dispatch, isSkipping, type SessionState, waitUntil } from './session-state.ts';
import { settle } from './settle.ts';

/**
 * Handles one message of the client, in order. Resolves when the next may be looked at.
 * @throws SessionClosed; PgError FATAL for what is no protocol
 */
export async function handleMessage(session: SessionState, message: MessageName, frame: Frame): Promise<void> {
  try {
    await handle(session, message, frame);
  } catch (error) {
    if (!(error instanceof PgError) || error.severity === 'FATAL') throw error;
    await refuseUndecodable(session, message, frame, error);
  } finally {
    dispatch(session, { kind: 'judged' });
  }
}

async function handle(session: SessionState, message: MessageName, frame: Frame): Promise<void> {
  switch (message) {
    case 'query':
      return handleQuery(session, frame);
    case 'functionCall':
      startStatement(session);
      if (await handleFunctionCall(session, frame)) startBatch(session);
      return;
    case 'parse':
      return handleParse(session, frame);
    case 'bind':
      return handleBind(session, frame);
    case 'execute':
      return handleExecute(session, frame);
    case 'describe':
      return handleDescribe(session, frame);
    case 'close':
      return handleClose(session, frame);
    case 'flush':
      session.link.send(frame.bytes);
      return session.link.flush();
    case 'sync':
      return handleSync(session, frame);
  }
}

/** All statements of a Query are judged before the first runs. */
async function handleQuery(session: SessionState, frame: Frame): Promise<void> {
  startStatement(session);
  const { text } = decodeQuery(frame);
  // What was pipelined before may change every name in it, and the transaction.
  if (!session.pipeline.isEmpty) await settle(session);
  if (isSkipping(session)) return;
  const verdict = await judge(session, { text, protocol: 'simple', stage: 'execute' });
  if (verdict) await forwardQuery(session, frame, verdict, text);
}

async function forwardQuery(session: SessionState, frame: Frame, verdict: Forward, text: string): Promise<void> {
  const execution = createExecution({ ...verdict, text, startedAtMs: session.deps.nowMs() });
  if (execution.isWriting) session.hasWritten = true;
  session.pipeline.push({ kind: 'query', execution });
  session.link.send(frame.bytes); // INVARIANT 1
  session.link.flush();
  startBatch(session);
  if (isCopy(verdict.facts)) await waitUntil(session, () => execution.hasBegun);
}

/** Tells types, not data. */
function handleDescribe(session: SessionState, frame: Frame): void {
  decodeDescribe(frame);
  session.pipeline.push({ kind: 'describe' });
  session.batch.isOpen = true;
  session.link.send(frame.bytes);
}

function handleClose(session: SessionState, frame: Frame): void {
  const { target, name } = decodeClose(frame);
  const change = { target, name, batch: session.batch.number, value: undefined };
  session.names.expect(change);
  session.pipeline.push({ kind: 'close', change });
  session.batch.isOpen = true;
  session.link.send(frame.bytes);
}

function handleSync(session: SessionState, frame: Frame): void {
  session.pipeline.push({ kind: 'sync', isOwn: false });
  session.link.send(frame.bytes);
  session.link.flush();
  startBatch(session);
}

/** Behind a Sync or a Query everything is a new batch. */
function startBatch(session: SessionState): void {
  session.batch.number += 1;
  session.batch.isOpen = false;
  session.batch.hasExecuted = false;
  session.isCancelled = false;
}

/** A CancelRequest is for what ran when it came. */
function startStatement(session: SessionState): void {
  session.isCancelled = false;
}

/** Not UTF-8, a missing terminator, bytes behind the end: an error of the statement, as in PostgreSQL; it is audited. */
async function refuseUndecodable(
  session: SessionState,
  message: MessageName,
  frame: Frame,
  error: PgError,
): Promise<void> {
  const protocol = protocolOf(message);
  const text =
    message === 'query' || message === 'parse' ? frame.payload.toString('utf8').replaceAll('\0', ' ') : message;
  await session.deps.gate.recordRefusal({ text: text.slice(0, 4096), protocol, error });
  await refuse(session, protocol, error);
}

function protocolOf(message: MessageName): JudgeRequest['protocol'] {
  if (message === 'query') return 'simple';
  return message === 'functionCall' ? 'functionCall' : 'extended';
}
