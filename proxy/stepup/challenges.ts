import { Challenge } from './challenge.ts';
import type { EndedChallenge } from './challenge.ts';
import type { WithdrawnBy } from './challenge-events.ts';
import { createdEvent, expiredEvent, withdrawnEvent } from './challenge-events.ts';
import { newChallengeId, newShortCode, normalizeShortCode } from './challenge-id.ts';
import { EndedChallenges } from './ended-challenges.ts';
import type { StepUpAudit, StepUpEvent } from './step-up-audit.ts';
import type { ChallengeOutcome, ChallengeRefusal, ChallengeRequest, HeldStatement } from './stepup.ts';
import type { Timers } from './timers.ts';

export type ChallengesConfig = {
  /** How long a statement is held. */
  readonly timeoutMs: number;
  /** How long a grant lasts, unless the policies ask for a fresher proof. */
  readonly grantTtlMs: number;
  readonly maxOpenPerPerson: number;
};

export type ChallengesDeps = {
  readonly config: () => ChallengesConfig;
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly randomBytes: (size: number) => Buffer;
  readonly audit: StepUpAudit;
  /** The page of a challenge, and what to type in another terminal. */
  readonly urlOf: (id: string) => string;
  readonly commandOf: (code: string) => string;
};

/** Which challenges wait, who waits on them, and how each ends. Knows nothing of codes and proofs. */
export class Challenges {
  readonly #deps: ChallengesDeps;
  readonly #open = new Map<string, Challenge>();
  readonly #ended: EndedChallenges;

  constructor(deps: ChallengesDeps) {
    this.#deps = deps;
    this.#ended = new EndedChallenges(deps.nowMs);
  }

  /** Joins an open challenge that asks for at least the same, or opens one. */
  request(request: ChallengeRequest): HeldStatement | ChallengeRefusal {
    const joinable = this.#openOf(request.principal.id).find((challenge) => this.#isJoinable(challenge, request));
    if (joinable !== undefined) return this.#hold(joinable, request, true);
    const max = this.#deps.config().maxOpenPerPerson;
    if (this.#openOf(request.principal.id).length >= max) return tooMany(max);
    return this.#hold(this.#create(request), request, false);
  }

  /** By id or by short code, as typed. */
  find(idOrCode: string): Challenge | EndedChallenge | undefined {
    const byId = this.#open.get(idOrCode) ?? this.#ended.find(idOrCode);
    if (byId !== undefined) return byId;
    const code = normalizeShortCode(idOrCode);
    if (code === undefined) return undefined;
    return [...this.#open.values()].find((challenge) => challenge.code === code) ?? this.#ended.findByCode(code);
  }

  /** Oldest first. */
  list(person?: string): readonly Challenge[] {
    return person === undefined ? [...this.#open.values()] : this.#openOf(person);
  }

  /** Stops the clock while the proof is written; false when the challenge is not waiting any more. */
  beginConfirm(challenge: Challenge): boolean {
    if (challenge.state !== 'waiting' || !this.#open.has(challenge.id)) return false;
    if (this.expireIfDue(challenge)) return false;
    challenge.cancelTimer();
    challenge.state = 'confirming';
    return true;
  }

  /** The proof could not be written: as if it had not been given. */
  abortConfirm(challenge: Challenge): void {
    if (!this.#open.has(challenge.id)) return;
    challenge.state = 'waiting';
    if (challenge.waiting === 0) this.#finish(challenge, { kind: 'withdrawn', by: 'disconnect' });
    else this.#arm(challenge);
  }

  confirmed(challenge: Challenge, grantId: string): void {
    this.#finish(challenge, { kind: 'confirmed', grantId });
  }

  /** The person said "this is not me", or the administrator ended it: everything that waits on it is cancelled. */
  withdraw(challenge: Challenge, by: WithdrawnBy, data: StepUpEvent['data'] = {}): boolean {
    if (challenge.state !== 'waiting' || !this.#open.has(challenge.id)) return false;
    this.#deps.audit.note(withdrawnEvent(challenge.id, challenge.request, { by, stillWaiting: 0 }, data));
    this.#finish(challenge, { kind: 'withdrawn', by });
    return true;
  }

  /** True when it has expired, also where its timer is late. */
  expireIfDue(challenge: Challenge): boolean {
    if (challenge.state !== 'waiting' || this.#deps.nowMs() < challenge.deadlineMs) return false;
    if (!this.#open.has(challenge.id)) return true;
    this.#deps.audit.note(expiredEvent(challenge));
    this.#finish(challenge, { kind: 'expired' });
    return true;
  }

  close(): void {
    for (const challenge of this.#open.values()) {
      this.withdraw(challenge, 'shutdown');
    }
  }

  #openOf(person: string): readonly Challenge[] {
    return [...this.#open.values()].filter((challenge) => challenge.request.principal.id === person);
  }

  #isJoinable(challenge: Challenge, { address, rung, accesses }: ChallengeRequest): boolean {
    if (challenge.state !== 'waiting' || challenge.request.address !== address) return false;
    if (challenge.request.rung.name !== rung.name || !challenge.coversAll(accesses)) return false;
    // In its last quarter it would end before the newcomer's person has found the phone: a new one is opened then.
    return challenge.deadlineMs - this.#deps.nowMs() >= (challenge.deadlineMs - challenge.createdAtMs) / 4;
  }

  #create(request: ChallengeRequest): Challenge {
    const { config, nowMs, randomBytes } = this.#deps;
    const { timeoutMs, grantTtlMs } = config();
    const createdAtMs = nowMs();
    const challenge = new Challenge({
      id: newChallengeId(randomBytes),
      code: this.#freeCode(),
      request,
      createdAtMs,
      deadlineMs: createdAtMs + timeoutMs,
      grantMs: Math.min(request.maxAgeMs ?? grantTtlMs, grantTtlMs),
    });
    this.#open.set(challenge.id, challenge);
    this.#arm(challenge);
    return challenge;
  }

  #freeCode(): string {
    for (;;) {
      const code = newShortCode(this.#deps.randomBytes);
      if (this.find(code) === undefined) return code;
    }
  }

  #arm(challenge: Challenge): void {
    const delayMs = Math.max(0, challenge.deadlineMs - this.#deps.nowMs());
    // A timer may fire a little early: then it is armed again for the rest.
    challenge.cancelTimer = this.#deps.timers.after(delayMs, () => {
      if (!this.expireIfDue(challenge) && challenge.state === 'waiting') this.#arm(challenge);
    });
  }

  #hold(challenge: Challenge, request: ChallengeRequest, joined: boolean): HeldStatement {
    const { outcome, leave } = challenge.join();
    this.#deps.audit.note(createdEvent(challenge, request, joined));
    return {
      challengeId: challenge.id,
      code: challenge.code,
      url: this.#deps.urlOf(challenge.id),
      command: this.#deps.commandOf(challenge.code),
      deadlineMs: challenge.deadlineMs,
      outcome,
      withdraw: (by) => {
        if (leave({ kind: 'withdrawn', by })) this.#left(challenge, request, by);
      },
    };
  }

  #left(challenge: Challenge, request: ChallengeRequest, by: WithdrawnBy): void {
    this.#deps.audit.note(withdrawnEvent(challenge.id, request, { by, stillWaiting: challenge.waiting }));
    if (challenge.waiting === 0 && challenge.state === 'waiting') this.#finish(challenge, { kind: 'withdrawn', by });
  }

  #finish(challenge: Challenge, outcome: ChallengeOutcome): void {
    challenge.cancelTimer();
    this.#open.delete(challenge.id);
    const { id, code, request } = challenge;
    this.#ended.add({ kind: 'ended', id, code, person: request.principal.id, outcome, endedAtMs: this.#deps.nowMs() });
    challenge.settle(outcome);
  }
}

function tooMany(max: number): ChallengeRefusal {
  return {
    kind: 'refused',
    message: `too many statements wait for your confirmation (at most ${max})`,
    hint: 'confirm or cancel one of them, then run this statement again',
  };
}
