import type { Access } from '../../policy/access/facts.ts';
import type { Coverage, CoveredAccess } from './coverage.ts';
import { coverageOf, coveredAccesses, coversAll } from './coverage.ts';
import type { ChallengeOutcome, ChallengeRequest } from './stepup.ts';

/** `confirming`: the code was right, its audit rows are being written; no longer expires. */
export type OpenState = 'waiting' | 'confirming';

/** What the page, the CLI and the administrator see of a challenge that is open. */
export type ChallengeView = {
  readonly id: string;
  readonly code: string;
  readonly request: ChallengeRequest;
  readonly covers: readonly CoveredAccess[];
  readonly createdAtMs: number;
  readonly deadlineMs: number;
  /** How long the grant will last, ms. */
  readonly grantMs: number;
  /** How many statements wait on it. */
  readonly waiting: number;
};

/** What is remembered of one that is over; the statement's text is not. */
export type EndedChallenge = {
  readonly kind: 'ended';
  readonly id: string;
  readonly code: string;
  readonly person: string;
  readonly outcome: ChallengeOutcome;
  readonly endedAtMs: number;
};

/** One open challenge and the statements that wait on it. Performs nothing but resolving their outcomes. */
export class Challenge implements ChallengeView {
  readonly kind = 'open';
  readonly id: string;
  readonly code: string;
  readonly request: ChallengeRequest;
  readonly covers: readonly CoveredAccess[];
  readonly createdAtMs: number;
  readonly deadlineMs: number;
  readonly grantMs: number;
  state: OpenState = 'waiting';
  wrongCodes = 0;
  cancelTimer: () => void = () => {};
  readonly #coverage: Coverage;
  readonly #waiters = new Set<(outcome: ChallengeOutcome) => void>();

  constructor(fields: {
    readonly id: string;
    readonly code: string;
    readonly request: ChallengeRequest;
    readonly createdAtMs: number;
    readonly deadlineMs: number;
    readonly grantMs: number;
  }) {
    this.id = fields.id;
    this.code = fields.code;
    this.request = fields.request;
    this.createdAtMs = fields.createdAtMs;
    this.deadlineMs = fields.deadlineMs;
    this.grantMs = fields.grantMs;
    this.covers = coveredAccesses(fields.request.accesses);
    this.#coverage = coverageOf(this.covers);
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  coversAll(accesses: readonly Access[]): boolean {
    return coversAll(this.#coverage, coveredAccesses(accesses));
  }

  /** One more statement waits; `leave` gives that up. Resolves exactly once. */
  join(): { readonly outcome: Promise<ChallengeOutcome>; readonly leave: (outcome: ChallengeOutcome) => boolean } {
    const { promise, resolve } = Promise.withResolvers<ChallengeOutcome>();
    this.#waiters.add(resolve);
    return {
      outcome: promise,
      leave: (outcome) => {
        const wasWaiting = this.#waiters.delete(resolve);
        resolve(outcome);
        return wasWaiting;
      },
    };
  }

  settle(outcome: ChallengeOutcome): void {
    for (const resolve of this.#waiters) resolve(outcome);
    this.#waiters.clear();
  }
}
