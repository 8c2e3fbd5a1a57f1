import type { Access } from '../../policy/access/facts.ts';
import type { Assurance, PolicyRef, Principal, Rung } from '../../policy/engine/decision.ts';

export type ChallengeRequest = {
  readonly principal: Principal;
  readonly sessionId: string;
  readonly address: string;
  readonly application: string;
  readonly database: string;
  /** The statement as sent, and what in it needs proof. */
  readonly text: string;
  readonly accesses: readonly Access[];
  readonly reasons: readonly PolicyRef[];
  readonly rung: Rung;
  readonly maxAgeMs?: number;
  /** The audit row of the decision that asked for it. */
  readonly decisionId: number;
};

export type ChallengeOutcome =
  | { readonly kind: 'confirmed'; readonly grantId: string }
  | { readonly kind: 'withdrawn'; readonly by: 'cancel' | 'disconnect' | 'person' | 'administrator' | 'shutdown' }
  | { readonly kind: 'expired' };

/**
 * One waiting statement's share of a challenge. Challenges of a person for the same resources coalesce: several
 * statements wait on one challenge, and it is withdrawn when the last of them goes.
 */
export type HeldStatement = {
  readonly challengeId: string;
  /** Short, for reading aloud and for the CLI, e.g. `K7QM-4TXD`. */
  readonly code: string;
  readonly url: string;
  readonly command: string;
  readonly deadlineMs: number;
  /** Resolves exactly once. */
  readonly outcome: Promise<ChallengeOutcome>;
  withdraw(by: 'cancel' | 'disconnect' | 'administrator' | 'shutdown'): void;
};

/** A challenge could not even be made: the client is told at once. */
export type ChallengeRefusal = { readonly kind: 'refused'; readonly message: string; readonly hint: string };

export type StepUp = {
  /** Joins or opens a challenge; refuses when the person has no authenticator for the rung or too many are open. */
  challenge(request: ChallengeRequest): HeldStatement | ChallengeRefusal;
  /** The best assurance that a live grant gives this person, from this address, for this access; undefined without one. */
  grantFor(
    principal: Principal,
    address: string,
    access: Access,
  ): { readonly id: string; readonly assurance: Assurance } | undefined;
  /** Grows with every grant made, ended or revoked: lets callers keep what they looked up. */
  readonly grantsVersion: number;
};
