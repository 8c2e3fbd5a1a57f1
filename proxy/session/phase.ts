import { FRONTEND } from '../wire/frames.ts';

/** ReadyForQuery's transaction indicator: idle, in a transaction block, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** Where the client's side of the conversation stands. Which statements wait for upstream is the pipeline's business. */
export type Phase =
  | { readonly kind: 'ready' }
  /** A statement waits for its decision; nothing else of the client is looked at. */
  | { readonly kind: 'judging' }
  | { readonly kind: 'holding'; readonly challengeId: string; readonly deadlineMs: number }
  /** Upstream said CopyInResponse and the client has not ended its data. */
  | { readonly kind: 'copyIn' }
  /** An error was or will be answered in an extended batch: everything up to Sync is ignored. */
  | { readonly kind: 'skippingToSync' }
  | { readonly kind: 'closed' };

export type SessionEvent =
  | { readonly kind: 'frame'; readonly type: number }
  /** Forwarded or answered: the next message may come. */
  | { readonly kind: 'judged' }
  | { readonly kind: 'held'; readonly challengeId: string; readonly deadlineMs: number }
  /** The hold is over; a confirmed statement is judged again. */
  | { readonly kind: 'released' }
  /** An error ended the extended batch that the client is still sending. */
  | { readonly kind: 'batchFailed' }
  | { readonly kind: 'copyInStarted' }
  /** Upstream ended COPY by itself, with an error. */
  | { readonly kind: 'copyInFailed' }
  | { readonly kind: 'ended' };

export type MessageName =
  | 'query'
  | 'functionCall'
  | 'parse'
  | 'bind'
  | 'execute'
  | 'describe'
  | 'close'
  | 'flush'
  | 'sync';

export type Effect =
  | { readonly kind: 'handle'; readonly message: MessageName }
  /** Goes upstream as it is and has no answer of its own. */
  | { readonly kind: 'passOn' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'protocolViolation'; readonly message: string };

/**
 * Pure: performs nothing, says what to do. An illegal pair returns a protocolViolation effect.
 * @see PostgreSQL manual, "Message Flow"
 */
export function step(phase: Phase, event: SessionEvent): readonly [Phase, readonly Effect[]] {
  if (phase.kind === 'closed' || event.kind === 'ended') return [{ kind: 'closed' }, []];
  if (event.kind === 'frame') return stepFrame(phase, event.type);
  return [stepOwn(phase, event), []];
}

type OwnEvent = Exclude<SessionEvent, { kind: 'frame' } | { kind: 'ended' }>;
type OpenPhase = Exclude<Phase, { kind: 'closed' }>;

function stepOwn(phase: OpenPhase, event: OwnEvent): Phase {
  switch (event.kind) {
    case 'judged':
      return phase.kind === 'judging' || phase.kind === 'holding' ? { kind: 'ready' } : phase;
    case 'released':
      return phase.kind === 'holding' ? { kind: 'judging' } : phase;
    case 'held':
      return { kind: 'holding', challengeId: event.challengeId, deadlineMs: event.deadlineMs };
    case 'batchFailed':
      return { kind: 'skippingToSync' };
    case 'copyInStarted':
      return { kind: 'copyIn' };
    case 'copyInFailed':
      return phase.kind === 'copyIn' ? { kind: 'ready' } : phase;
  }
}

function stepFrame(phase: OpenPhase, type: number): readonly [Phase, readonly Effect[]] {
  if (type === FRONTEND.terminate) return [phase, [{ kind: 'terminate' }]];
  switch (phase.kind) {
    case 'ready':
      return stepReady(type);
    case 'copyIn':
      return stepCopyIn(phase, type);
    case 'skippingToSync':
      // PostgreSQL's ignore_till_sync: even a Query is ignored. COPY data still passes: upstream ignores it likewise.
      if (type === FRONTEND.sync) return [{ kind: 'ready' }, [{ kind: 'handle', message: 'sync' }]];
      return [phase, isCopyMessage(type) ? [{ kind: 'passOn' }] : []];
    case 'judging':
    case 'holding':
      // Frames are handled one after the other, so that one here is a mistake of ours, not of the client.
      return [phase, [{ kind: 'protocolViolation', message: 'message out of order' }]];
  }
}

const HANDLED: ReadonlyMap<number, MessageName> = new Map([
  [FRONTEND.query, 'query'],
  [FRONTEND.functionCall, 'functionCall'],
  [FRONTEND.parse, 'parse'],
  [FRONTEND.bind, 'bind'],
  [FRONTEND.execute, 'execute'],
  [FRONTEND.describe, 'describe'],
  [FRONTEND.close, 'close'],
  [FRONTEND.flush, 'flush'],
  [FRONTEND.sync, 'sync'],
]);

const JUDGED: ReadonlySet<MessageName> = new Set(['query', 'functionCall', 'parse', 'bind', 'execute']);

function stepReady(type: number): readonly [Phase, readonly Effect[]] {
  const message = HANDLED.get(type);
  if (message) {
    return [{ kind: JUDGED.has(message) ? 'judging' : 'ready' }, [{ kind: 'handle', message }]];
  }
  // PostgreSQL ignores COPY messages outside COPY: a client may still be sending after COPY failed.
  if (isCopyMessage(type)) return [{ kind: 'ready' }, [{ kind: 'passOn' }]];
  return [{ kind: 'ready' }, [{ kind: 'protocolViolation', message: `invalid frontend message type ${type}` }]];
}

function stepCopyIn(phase: Phase, type: number): readonly [Phase, readonly Effect[]] {
  if (type === FRONTEND.copyData) return [phase, [{ kind: 'passOn' }]];
  if (type === FRONTEND.copyDone || type === FRONTEND.copyFail) return [{ kind: 'ready' }, [{ kind: 'passOn' }]];
  // PostgreSQL ignores Flush and Sync during COPY IN, so no ReadyForQuery will come: not sending them keeps the count.
  if (type === FRONTEND.flush || type === FRONTEND.sync) return [phase, []];
  const code = type.toString(16).toUpperCase().padStart(2, '0');
  return [phase, [{ kind: 'protocolViolation', message: `unexpected message type 0x${code} during COPY from stdin` }]];
}

function isCopyMessage(type: number): boolean {
  return type === FRONTEND.copyData || type === FRONTEND.copyDone || type === FRONTEND.copyFail;
}
