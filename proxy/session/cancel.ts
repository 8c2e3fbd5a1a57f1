import type { SessionState } from './session-state.ts';

/** `sent`: a cancel that upstream has not taken yet. `next`: one more behind it, for all that were asked for meanwhile. */
export type CancelsOnTheWay = { sent: Promise<void> | undefined; next: Promise<void> | undefined };

/**
 * A CancelRequest. Held: withdrawn. Something of the client's is upstream: upstream's business. Judged: remembered. Idle:
 * nothing, as in PostgreSQL.
 * @returns when it has been handed on
 */
export async function cancelSession(session: SessionState): Promise<void> {
  if (session.held) session.held.withdraw('cancel');
  else if (session.pipeline.isServingClient) await cancelUpstream(session);
  else if (session.phase.kind === 'judging') session.isCancelled = true;
}

/**
 * Asks upstream to cancel what it is doing. Many at once become two: one on its way, and one behind it.
 * @returns when upstream has signalled its process, or cannot be reached
 */
export async function cancelUpstream(session: SessionState): Promise<void> {
  const { cancels } = session;
  if (!cancels.sent) return sendCancel(session);
  cancels.next ??= sendNext(session, cancels.sent);
  await cancels.next;
}

/**
 * Waits until no cancel is on its way. Without it, one that was meant for a statement that has ended meanwhile would hit
 * the next one, or a question of our own: it takes the longer way, over a connection of its own.
 */
export async function cancelsDelivered({ cancels }: SessionState): Promise<void> {
  while (cancels.sent ?? cancels.next) await (cancels.next ?? cancels.sent);
}

async function sendCancel({ upstream, cancels }: SessionState): Promise<void> {
  cancels.sent = upstream.cancel();
  await cancels.sent;
  cancels.sent = undefined;
}

async function sendNext(session: SessionState, before: Promise<void>): Promise<void> {
  await before;
  session.cancels.next = undefined;
  if (session.pipeline.isServingClient) await sendCancel(session);
}
