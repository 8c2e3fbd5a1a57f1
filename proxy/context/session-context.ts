import type { DecisionContext } from '../../policy/engine/decision.ts';

/** What is known of a connection from its login on. */
export type SessionSignals = DecisionContext['session'];

/**
 * The context of one session, read anew for each statement.
 * @returns a function giving the context of this moment
 */
export function sessionContext(
  session: SessionSignals,
  deps: { readonly nowMs: () => number; readonly clock: (nowMs: number) => DecisionContext['clock'] },
): () => DecisionContext {
  return () => ({ session, clock: deps.clock(deps.nowMs()) });
}
