import type { AccessFacts } from '../../policy/access/facts.ts';
import type { Decision, DeniedAccess, PolicyRef } from '../../policy/engine/decision.ts';
import type { ChallengeRefusal, HeldStatement } from '../stepup/stepup.ts';
import { permissionDenied } from './denial.ts';
import type { JudgeRequest, Verdict } from './gate-contract.ts';
import type { GateDeps, GateSubject } from './gate-deps.ts';
import { changed } from './gate-errors.ts';
import { confirmThenRetry, holdNotice } from './hold-notice.ts';
import type { Recorder } from './recorder.ts';

type StepUpDecision = Extract<Decision, { kind: 'stepUp' }>;

export type StepUpScene = {
  readonly subject: GateSubject;
  readonly deps: GateDeps;
  readonly recorder: Recorder;
  readonly secondReader: string | undefined;
};

/** Opens a challenge, and says whether the statement waits for it or is to be sent again. */
export async function askStepUp(
  request: JudgeRequest,
  facts: AccessFacts,
  decision: StepUpDecision,
  scene: StepUpScene,
): Promise<Verdict> {
  const { deps, recorder, secondReader } = scene;
  const why = whyNotHeld(request, deps);
  const verdict = why === undefined ? 'hold' : 'refuse';
  const decisionId = await recorder.decision(request, facts, { verdict, decision, secondReader });
  const held = challenge(request, decision, decisionId, scene);
  if ('kind' in held) return challengeRefused(request, facts, decision, held, scene);
  if (why !== undefined) return { kind: 'refuse', error: confirmThenRetry(held, decision.denied, why), decisionId };
  const notice = holdNotice(held, decision.denied, deps.nowMs());
  return { kind: 'hold', held, notice, decisionId, holdTimeoutMs: deps.holdTimeoutMs };
}

function challenge(
  { text }: JudgeRequest,
  { denied, rung, maxAgeMs }: StepUpDecision,
  decisionId: number,
  { subject, deps }: StepUpScene,
): HeldStatement | ChallengeRefusal {
  const { principal, sessionId, address, application, database } = subject;
  return deps.stepUp.challenge({
    principal,
    sessionId,
    address,
    application,
    database,
    text,
    accesses: denied.map(({ access }) => access),
    reasons: uniquePolicies(denied),
    rung,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    decisionId,
  });
}

async function challengeRefused(
  request: JudgeRequest,
  facts: AccessFacts,
  decision: StepUpDecision,
  { message, hint }: ChallengeRefusal,
  { recorder, secondReader }: StepUpScene,
): Promise<Verdict> {
  const error = changed(permissionDenied(decision.denied), { detail: message, hint });
  const decisionId = await recorder.decision(request, facts, { verdict: 'refuse', decision, error, secondReader });
  return { kind: 'refuse', error, decisionId };
}

/** INVARIANT 8: a hold must not keep locks upstream. undefined where the statement may wait; else a sentence for the person. */
function whyNotHeld({ transaction }: JudgeRequest, deps: GateDeps): string | undefined {
  if (deps.stepUpMode === 'challenge') return '';
  const isInTransaction = transaction.status !== 'I' || transaction.hasWritten;
  if (!isInTransaction || deps.inTransaction === 'hold') return undefined;
  if (deps.inTransaction === 'refuse') return 'It cannot wait inside a transaction.';
  return transaction.hasWritten ? 'It cannot wait in a transaction that has written or locked rows.' : undefined;
}

function uniquePolicies(denied: readonly DeniedAccess[]): readonly PolicyRef[] {
  return [...new Map(denied.flatMap(({ determining }) => determining).map((policy) => [policy.id, policy])).values()];
}
