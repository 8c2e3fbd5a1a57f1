import type { AttemptLimiter } from './attempt-limiter.ts';
import { verifyTotp } from './authenticators/totp.ts';
import type { Challenge, EndedChallenge } from './challenge.ts';
import type { Challenges } from './challenges.ts';
import { subjectOf } from './challenge-events.ts';
import type { Grant } from './grant.ts';
import type { Grants } from './grants.ts';
import type { StepUpLog } from './log.ts';
import type { PersonFinder } from './person.ts';
import type { ProofResult, ProofSource } from './proof.ts';
import * as answer from './proof.ts';
import type { StepUpAudit } from './step-up-audit.ts';

export type ProofDeskDeps = {
  readonly challenges: Challenges;
  readonly grants: Grants;
  readonly limiter: AttemptLimiter;
  readonly people: PersonFinder;
  readonly audit: StepUpAudit;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: StepUpLog;
  /** Wrong codes that one challenge takes. */
  readonly maxWrongPerChallenge: number;
};

/** Takes a typed code for a challenge and, where it is right, turns it into a grant. */
export class ProofDesk {
  readonly #deps: ProofDeskDeps;

  constructor(deps: ProofDeskDeps) {
    this.#deps = deps;
  }

  /** Never rejects: whatever goes wrong is an answer, and nothing is confirmed. */
  async confirm(idOrCode: string, typed: string, from: ProofSource): Promise<ProofResult> {
    try {
      const found = this.#deps.challenges.find(idOrCode);
      if (found === undefined) return answer.unknownChallenge();
      if (found.kind === 'ended') return this.#ended(found, from);
      if (this.#deps.challenges.expireIfDue(found)) return this.#expired(found, from);
      if (found.state === 'confirming') return answer.endedChallenge('confirmed');
      return this.#check(found, typed, from) ?? (await this.#grant(found, from));
    } catch (error) {
      this.#deps.log.error({ err: error }, 'a proof could not be handled');
      return answer.proofUnavailable();
    }
  }

  /** Why the code is not taken; undefined when it is right, and then it is used up. Synchronous: no two proofs interleave. */
  #check(challenge: Challenge, typed: string, from: ProofSource): ProofResult | undefined {
    const { limiter, people, nowMs } = this.#deps;
    const person = challenge.request.principal.id;
    const locked = this.#locked(challenge, from);
    if (locked !== undefined) return locked;
    const totp = people.find(person)?.totp;
    if (totp === undefined) return answer.noAuthenticator();
    const result = verifyTotp(totp, typed, nowMs(), limiter.lastStep(person));
    switch (result.kind) {
      case 'malformed':
        return answer.malformedProof(result.digits);
      case 'wrong':
        return this.#wrong(challenge, from);
      case 'replayed':
        return this.#refuse(challenge, from, 'replayed');
      case 'ok':
        return limiter.right(person, result.step) ? undefined : this.#refuse(challenge, from, 'replayed');
    }
  }

  #locked(challenge: Challenge, from: ProofSource): ProofResult | undefined {
    const { limiter, nowMs, maxWrongPerChallenge } = this.#deps;
    const untilMs = limiter.lockedUntilMs(challenge.request.principal.id);
    if (untilMs === undefined && challenge.wrongCodes < maxWrongPerChallenge) return undefined;
    this.#noteRefused(challenge, from, 'lockedOut');
    return untilMs === undefined ? answer.challengeLocked() : answer.lockedOut(untilMs, nowMs());
  }

  #wrong(challenge: Challenge, from: ProofSource): ProofResult {
    challenge.wrongCodes += 1;
    const untilMs = this.#deps.limiter.wrong(challenge.request.principal.id);
    const refused = this.#refuse(challenge, from, 'wrong');
    return untilMs === undefined ? refused : answer.lockedOut(untilMs, this.#deps.nowMs());
  }

  #refuse(challenge: Challenge, from: ProofSource, reason: 'wrong' | 'replayed'): ProofResult {
    this.#noteRefused(challenge, from, reason);
    return answer.refusedProof(reason);
  }

  #expired(challenge: Challenge, from: ProofSource): ProofResult {
    this.#noteRefused(challenge, from, 'expired');
    return answer.endedChallenge('expired');
  }

  #ended(challenge: EndedChallenge, from: ProofSource): ProofResult {
    const how = challenge.outcome.kind;
    // A second click on "Confirm" is no attempt at anything.
    if (how !== 'confirmed') {
      this.#deps.audit.note({
        type: 'proof.refused',
        subject: { principal: challenge.person },
        data: { challengeId: challenge.id, reason: how, from: from.address, via: from.via },
      });
    }
    return answer.endedChallenge(how);
  }

  #noteRefused(challenge: Challenge, from: ProofSource, reason: string): void {
    this.#deps.audit.note({
      type: 'proof.refused',
      subject: subjectOf(challenge.request),
      data: { challengeId: challenge.id, reason, from: from.address, via: from.via },
    });
  }

  /** Audit first, then the grant, then the statements go on: no grant is in force that the audit does not have. */
  async #grant(challenge: Challenge, from: ProofSource): Promise<ProofResult> {
    const { challenges } = this.#deps;
    if (!challenges.beginConfirm(challenge)) return this.#expired(challenge, from);
    const grant = this.#makeGrant(challenge);
    try {
      await this.#commit(challenge, grant, from);
      this.#store(grant);
    } catch (error) {
      this.#deps.log.error({ err: error, challengeId: challenge.id }, 'a confirmed step-up could not be recorded');
      challenges.abortConfirm(challenge);
      return answer.proofUnavailable();
    }
    challenges.confirmed(challenge, grant.id);
    for (const other of this.#served(challenge)) challenges.confirmed(other, grant.id);
    return { kind: 'confirmed', grantId: grant.id, challengeId: challenge.id, message: confirmedMessage(grant) };
  }

  #makeGrant({ id, request, covers, grantMs }: Challenge): Grant {
    const provedAtMs = this.#deps.nowMs();
    return {
      id: `g-${this.#deps.randomBytes(9).toString('base64url')}`,
      person: request.principal.id,
      address: request.address,
      challengeId: id,
      covers,
      methods: request.rung.methods,
      aal: request.rung.aal,
      provedAtMs,
      expiresAtMs: provedAtMs + grantMs,
    };
  }

  async #commit(challenge: Challenge, grant: Grant, from: ProofSource): Promise<void> {
    const subject = subjectOf(challenge.request);
    const ids = { challengeId: challenge.id, grantId: grant.id };
    const resources = grant.covers.map(({ action, usage, resource }) => `${action} ${usage} ${resource}`);
    const { methods, aal, expiresAtMs } = grant;
    await this.#deps.audit.commit([
      {
        type: 'challenge.confirmed',
        subject,
        data: { ...ids, from: from.address, via: from.via, waitedMs: grant.provedAtMs - challenge.createdAtMs },
      },
      { type: 'grant.created', subject, data: { ...ids, resources, methods, aal, expiresAtMs } },
    ]);
  }

  #store(grant: Grant): void {
    try {
      this.#deps.grants.add(grant);
    } catch (error) {
      // The audit has the grant by now: say there that it never came into force.
      this.#deps.audit.note({
        type: 'grant.revoked',
        subject: { principal: grant.person, address: grant.address },
        data: { grantId: grant.id, challengeId: grant.challengeId, by: 'stepward: the grant could not be stored' },
      });
      throw error;
    }
  }

  /** What else the person waits for and this proof serves as well: they are not asked twice for it. */
  #served(confirmed: Challenge): readonly Challenge[] {
    const { principal, address, rung } = confirmed.request;
    return this.#deps.challenges
      .list(principal.id)
      .filter(
        (other) =>
          other.state === 'waiting' &&
          other.request.address === address &&
          other.request.rung.name === rung.name &&
          confirmed.coversAll(other.request.accesses),
      );
  }
}

function confirmedMessage(grant: Grant): string {
  const minutes = (grant.expiresAtMs - grant.provedAtMs) / 60_000;
  const time = minutes >= 1.5 ? `${Math.round(minutes)} minutes` : `${Math.round(minutes * 60)} seconds`;
  return `Confirmed. The statement goes on, and the same data is not asked about again for ${time}.`;
}
