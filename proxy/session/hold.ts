import type { ChallengeOutcome } from '../stepup/stepup.ts';
import { encodeNotice } from '../wire/backend-encode.ts';
import { holdCancelled, holdExpired, holdWithdrawn, type PgError, shuttingDown } from '../wire/pg-error.ts';
import type { Verdict } from './gate-contract.ts';
import { dispatch, type SessionState, throwIfEnded } from './session-state.ts';

type Hold = Extract<Verdict, { kind: 'hold' }>;

/**
 * Waits for the person. Upstream is idle meanwhile, other sessions are not touched. INVARIANT 8.
 * @returns undefined once confirmed (the statement is judged again), else what the client is told
 * @throws SessionClosed
 */
export async function hold(session: SessionState, verdict: Hold): Promise<PgError | undefined> {
  const { held, notice } = verdict;
  session.held = held;
  dispatch(session, { kind: 'held', challengeId: held.challengeId, deadlineMs: held.deadlineMs });
  session.output.write(encodeNotice({ severity: 'NOTICE', sqlstate: '00000', ...notice }));
  const stopHeartbeat = beat(session, verdict);
  withdrawIfPointless(session);
  try {
    const outcome = await held.outcome;
    throwIfEnded(session);
    return errorOf(outcome, verdict);
  } finally {
    stopHeartbeat();
    session.held = undefined;
    dispatch(session, { kind: 'released' });
  }
}

/** What came between the verdict and the hold. */
function withdrawIfPointless(session: SessionState): void {
  if (session.source.isGone) session.held?.withdraw('disconnect');
  else if (session.isDraining) session.held?.withdraw('shutdown');
  else if (session.isCancelled) session.held?.withdraw('cancel');
}

function errorOf(outcome: ChallengeOutcome, verdict: Hold): PgError | undefined {
  switch (outcome.kind) {
    case 'confirmed':
      return undefined;
    case 'expired':
      return holdExpired(Math.round(verdict.holdTimeoutMs / 1000));
    case 'withdrawn':
      return withdrawnError(outcome.by);
  }
}

function withdrawnError(by: Extract<ChallengeOutcome, { kind: 'withdrawn' }>['by']): PgError {
  switch (by) {
    case 'cancel':
    case 'disconnect':
      return holdCancelled();
    case 'person':
      return holdWithdrawn('the person asked to confirm it');
    case 'administrator':
      return holdWithdrawn('an administrator');
    case 'shutdown':
      return shuttingDown();
  }
}

/** Tells the person at intervals that it still waits; a client that does not read gets none. @returns what stops it */
function beat(session: SessionState, { held }: Hold): () => void {
  const { timers, limits, nowMs } = session.deps;
  const schedule = (): (() => void) =>
    timers.after(limits.heartbeatMs, () => {
      const message = `still waiting for ${held.code}, ${timeLeft(held.deadlineMs - nowMs())} left`;
      if (!session.output.isFull)
        session.output.write(encodeNotice({ severity: 'NOTICE', sqlstate: '00000', message }));
      stop = schedule();
    });
  let stop = schedule();
  return () => stop();
}

function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
