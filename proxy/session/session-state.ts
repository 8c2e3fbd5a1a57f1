import type { CancelsOnTheWay } from './cancel.ts';
import type { ClientOutput } from './client-output.ts';
import type { FrameSource } from './frame-source.ts';
import type { SessionNames } from './names.ts';
import type { NamespaceTracker } from './namespace.ts';
import type { Effect, Phase, SessionEvent, TransactionStatus } from './phase.ts';
import { step } from './phase.ts';
import type { Pipeline } from './pipeline.ts';
import type { HeldStatement } from '../stepup/stepup.ts';
import type { SessionClient, SessionDeps, SessionEnd, SessionUpstream } from './session-types.ts';
import type { UpstreamLink } from './upstream-link.ts';
import type { WrittenRows } from './written-rows.ts';

/** Thrown out of every wait when the session ends under it. */
export class SessionClosed extends Error {
  constructor() {
    super('the session has ended');
    this.name = 'SessionClosed';
  }
}

type Waiter = { readonly isReached: () => boolean; readonly resolve: () => void; readonly reject: (e: Error) => void };

/** The extended batch that the client is sending: the messages since the last Sync. */
export type Batch = {
  number: number;
  /** Something of it went upstream. */
  isOpen: boolean;
  /** An Execute of it went upstream: an implicit transaction is open there. */
  hasExecuted: boolean;
};

/** Everything that one session knows. Changed only by the files of this folder, on the session's own events. */
export type SessionState = {
  readonly client: SessionClient;
  readonly upstream: SessionUpstream;
  readonly deps: SessionDeps;
  readonly source: FrameSource;
  readonly output: ClientOutput;
  readonly link: UpstreamLink;
  readonly pipeline: Pipeline;
  readonly names: SessionNames;
  readonly sinceMs: number;
  namespace: NamespaceTracker;
  phase: Phase;
  readonly batch: Batch;
  /** As the last ReadyForQuery said. */
  status: TransactionStatus;
  /** A statement that was not read-only went upstream in the open transaction, the implicit one included. */
  hasWritten: boolean;
  /** What the open transaction has written, the implicit one included. */
  readonly written: WrittenRows;
  /** Code ran upstream that may have changed names behind our back: ask before judging. */
  isUncertain: boolean;
  /** DDL is committed, and the catalog is being read again: no statement is judged before that is over. */
  catalogChange: Promise<void> | undefined;
  /** The catalog that the open transaction has for itself, and which of everybody's it was made beside. */
  ownCatalog: { readonly id: string; readonly sharedVersion: number } | undefined;
  /** The server's latest word on search_path, where it reports it. */
  reportedSearchPath: string | undefined;
  /** What is judged or held. */
  currentText: string | undefined;
  held: HeldStatement | undefined;
  /** A CancelRequest came while the statement was judged. */
  isCancelled: boolean;
  /** Cancels on their way to upstream: nothing is judged before they are there. */
  readonly cancels: CancelsOnTheWay;
  isDraining: boolean;
  /** Ends at the next message boundary. */
  ending: SessionEnd | undefined;
  ended: SessionEnd | undefined;
  readonly waiters: Set<Waiter>;
  readonly onEnded: (end: SessionEnd) => void;
};

/** Moves the phase machine; its effects are for the caller to perform. */
export function dispatch(session: SessionState, event: SessionEvent): readonly Effect[] {
  const [phase, effects] = step(session.phase, event);
  session.phase = phase;
  return effects;
}

export function isSkipping(session: SessionState): boolean {
  return session.phase.kind === 'skippingToSync';
}

/**
 * Waits until upstream's answers have made it true.
 * @throws SessionClosed
 */
export async function waitUntil(session: SessionState, isReached: () => boolean): Promise<void> {
  if (session.ended) throw new SessionClosed();
  if (isReached()) return;
  await new Promise<void>((resolve, reject) => session.waiters.add({ isReached, resolve, reject }));
}

/** After anything that a wait may be for. */
export function wakeWaiters(session: SessionState): void {
  for (const waiter of session.waiters) {
    if (!session.ended && !waiter.isReached()) continue;
    session.waiters.delete(waiter);
    if (session.ended) waiter.reject(new SessionClosed());
    else waiter.resolve();
  }
}

export function throwIfEnded(session: SessionState): void {
  if (session.ended) throw new SessionClosed();
}
