import type { AuditLog } from '../audit/entry.ts';
import type { AttemptLimits } from './attempt-limiter.ts';
import { createAttemptLimiter, defaultAttemptLimits } from './attempt-limiter.ts';
import type { Challenge, ChallengeView, EndedChallenge } from './challenge.ts';
import type { ChallengesConfig } from './challenges.ts';
import { Challenges } from './challenges.ts';
import { Grants } from './grants.ts';
import type { StepUpLog } from './log.ts';
import type { Person, PersonFinder } from './person.ts';
import type { ProofResult, ProofSource } from './proof.ts';
import { ProofDesk } from './proof-desk.ts';
import type { StateDb } from './state-db.ts';
import { createStepUpAudit } from './step-up-audit.ts';
import type { ChallengeRefusal, ChallengeRequest, StepUp } from './stepup.ts';
import type { Timers } from './timers.ts';

export type StepUpDeps = {
  readonly db: StateDb;
  readonly people: PersonFinder & { onReload?(listener: () => void): () => void };
  readonly audit: AuditLog;
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: StepUpLog;
  /** Asked at each challenge, so that a reloaded config counts. */
  readonly config: () => ChallengesConfig;
  readonly limits?: AttemptLimits;
  /** Such as `http://127.0.0.1:6433`; asked late, because a port of 0 is known only after listening. */
  readonly publicUrl: () => string;
  /** What to type in another terminal; `stepward confirm CODE` without it. */
  readonly commandOf?: (code: string) => string;
};

/** The step-up with its doors: for the session (StepUp), for the page and the CLI, and for the administrator. */
export type StepUpService = StepUp & {
  confirm(idOrCode: string, typed: string, from: ProofSource): Promise<ProofResult>;
  /** "This is not me": cancels all that wait on it; false when it is over already. */
  deny(id: string, from: ProofSource): boolean;
  /** By the administrator, by id or short code; false when there is no such open challenge. */
  withdraw(idOrCode: string, by: string): boolean;
  find(idOrCode: string): (ChallengeView & { readonly kind: 'open' }) | EndedChallenge | undefined;
  /** Open challenges, oldest first. */
  pending(person?: string): readonly ChallengeView[];
  /** How many digits this person's codes have, for the form. */
  codeDigits(person: string): number;
  readonly grants: Pick<Grants, 'list' | 'revoke' | 'onRevoke'>;
  /** Withdraws what waits, stops the timers; state.db stays open, it belongs to the caller. */
  close(): void;
};

/** Builds the step-up from its parts. @throws Error when state.db cannot be read */
export function createStepUp(deps: StepUpDeps): StepUpService {
  const { db, people, nowMs, timers, randomBytes, log } = deps;
  const limits = deps.limits ?? defaultAttemptLimits;
  const audit = createStepUpAudit(deps);
  const grants = new Grants({ db, nowMs, timers, audit, log });
  const challenges = new Challenges({
    config: deps.config,
    nowMs,
    timers,
    randomBytes,
    audit,
    urlOf: (id) => `${deps.publicUrl().replace(/\/$/, '')}/c/${id}`,
    commandOf: deps.commandOf ?? ((code) => `stepward confirm ${code}`),
  });
  const limiter = createAttemptLimiter({ db, nowMs, limits });
  const maxWrongPerChallenge = limits.maxWrong;
  const desk = new ProofDesk({
    challenges,
    grants,
    limiter,
    people,
    audit,
    nowMs,
    randomBytes,
    log,
    maxWrongPerChallenge,
  });
  const stopListening = people.onReload?.(() => revokeOfAbsent(grants, people));
  return {
    challenge: (request) => refusalFor(request, people.find(request.principal.id)) ?? challenges.request(request),
    grantFor: (principal, address, access) => grants.grantFor(principal, address, access),
    get grantsVersion() {
      return grants.version;
    },
    confirm: (idOrCode, typed, from) => desk.confirm(idOrCode, typed, from),
    deny: (id, from) =>
      withOpen(challenges, id, (challenge) =>
        challenges.withdraw(challenge, 'person', { alarm: true, from: from.address, via: from.via }),
      ),
    withdraw: (idOrCode, by) =>
      withOpen(challenges, idOrCode, (challenge) =>
        challenges.withdraw(challenge, 'administrator', { administrator: by }),
      ),
    find: (idOrCode) => challenges.find(idOrCode),
    pending: (person) => challenges.list(person),
    codeDigits: (person) => people.find(person)?.totp?.digits ?? 6,
    grants,
    close: () => {
      stopListening?.();
      challenges.close();
      grants.close();
    },
  };
}

function withOpen(challenges: Challenges, idOrCode: string, act: (challenge: Challenge) => boolean): boolean {
  const found = challenges.find(idOrCode);
  return found?.kind === 'open' && act(found);
}

/** Methods that a TOTP proof, given after a login with a password, stands for. @see RFC 8176 */
const totpMethods: ReadonlySet<string> = new Set(['pwd', 'otp', 'mfa']);

/** Why the person cannot take this step at all; said at once instead of holding in vain. */
function refusalFor({ rung }: ChallengeRequest, person: Person | undefined): ChallengeRefusal | undefined {
  const isTotp = rung.methods.includes('otp') && rung.methods.every((method) => totpMethods.has(method));
  if (!isTotp) {
    return {
      kind: 'refused',
      message: `the step-up "${rung.name}" is not available`,
      hint: 'ask the administrator of stepward: no authenticator serves this rung of the ladder',
    };
  }
  if (person?.totp !== undefined) return undefined;
  return {
    kind: 'refused',
    message: 'this needs a fresh proof that it is you, and you have no authenticator app enrolled',
    hint: 'ask the administrator of stepward to enrol you',
  };
}

/** Who was taken out of the people file, or lost their authenticator, keeps no grant. */
function revokeOfAbsent(grants: Grants, people: PersonFinder): void {
  for (const grant of grants.list()) {
    if (people.find(grant.person)?.totp === undefined) grants.revoke(grant.id, 'stepward: no longer enrolled');
  }
}
