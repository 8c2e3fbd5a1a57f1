import { createHash } from 'node:crypto';
import type { PolicyBundle } from './bundle.ts';
import { createAsk } from './cedar-ask.ts';
import type { Decision, DecisionRequest, PolicyEngine, PolicyRef, Rung } from './decision.ts';
import type { ResourceTags } from './entities.ts';
import { createJudge, createPrincipalKey, type Moment } from './judge.ts';
import { assuranceAt, climb, type Denial } from './ladder.ts';
import { decisionKey, type Plan, type PlannedAccess, planFor } from './plan.ts';
import { createProfiler } from './profile.ts';
import { cedarSchema } from './schema.ts';
import { createRefs, refusedByErrors, refusedByPolicy, stepUp } from './verdict.ts';

export type PolicyEngineDeps = {
  readonly bundle: PolicyBundle;
  readonly tags: ResourceTags;
  /** Whatever `tags` was made from, JSON-able: part of `version`, because it decides as much as the policies do. */
  readonly tagsSource?: unknown;
  /** Weakest first. */
  readonly ladder: readonly Rung[];
  /** Name of the database: the id of its entity. */
  readonly database: string;
};

/** One access with the policies' answer to it: what `audit explain` shows. */
export type AccessAnswer = {
  readonly access: PlannedAccess['access'];
  readonly isAllowed: boolean;
  readonly determining: readonly PolicyRef[];
};

export type ExplainingEngine = PolicyEngine & {
  /** The answer to each access on its own, in the order of the facts. */
  answers(request: DecisionRequest): readonly AccessAnswer[];
};

/**
 * The policy decision point on Cedar: one question for each access, default deny, and a second question for each rung of
 * the ladder where the first is denied. The decision for a statements array seen before, with nothing changed that the
 * policies read, is a look-up.
 * @throws Error when Cedar does not take the bundle
 */
export function createPolicyEngine(deps: PolicyEngineDeps): ExplainingEngine {
  const profiler = createProfiler(deps.bundle, deps);
  const judge = createJudge(createAsk(deps.bundle, cedarSchema(), deps));
  const refs = createRefs(deps.bundle);
  const principalKey = createPrincipalKey();
  const plans = new WeakMap<DecisionRequest['statements'], Plan>();

  const planOf = (statements: DecisionRequest['statements']): Plan => {
    const plan = plans.get(statements) ?? planFor(statements, profiler);
    plans.set(statements, plan);
    return plan;
  };
  const momentOf = ({ principal, context }: DecisionRequest): Moment => ({
    principal,
    context,
    principalKey: principalKey(principal),
  });
  const answersTo = (plan: Plan, request: DecisionRequest): readonly Denial[] => {
    const moment = momentOf(request);
    return plan.accesses.map((planned) => ({
      planned,
      answer: judge(planned, moment, request.assuranceFor(planned.access)),
    }));
  };
  const take = (plan: Plan, request: DecisionRequest): Decision => {
    const answers = answersTo(plan, request);
    const denials = answers.filter(({ answer }) => !answer.isAllowed);
    const failed = answers.filter(({ answer }) => answer.errors.length > 0);
    // INVARIANT 4: Cedar leaves a policy that errors out of its answer; a forbid among them would vanish.
    if (failed.length > 0) return refusedByErrors(failed, refs);
    if (denials.length === 0)
      return { kind: 'allow', determining: refs(answers.flatMap(({ answer }) => answer.policies)) };
    const climbed = climb(denials, deps.ladder, momentOf(request), judge);
    if (climbed.kind === 'climbed') return stepUp(climbed, deps.bundle, refs);
    return refusedByPolicy(climbed.denials, refs, (denial) => persistent(denial, request));
  };
  /** The policies that deny even with the strongest proof: the reason to name first. */
  const persistent = (denial: Denial, request: DecisionRequest): readonly string[] => {
    const top = deps.ladder.at(-1);
    if (top === undefined || denial.planned.profile.assuranceKey === undefined) return denial.answer.policies;
    return judge(denial.planned, momentOf(request), assuranceAt(top, request.context.clock.nowMs)).policies;
  };

  return {
    version: versionOf(deps),
    decide(request) {
      const plan = planOf(request.statements);
      const key = decisionKey(plan, principalKey(request.principal), request);
      const known = plan.decisions.get(key);
      if (known !== undefined) return known;
      const decision = take(plan, request);
      if (!(decision.kind === 'refuse' && decision.evaluationErrors !== undefined)) plan.decisions.set(key, decision);
      return decision;
    },
    answers: (request) =>
      answersTo(planOf(request.statements), request).map(({ planned, answer }) => ({
        access: planned.access,
        isAllowed: answer.isAllowed,
        determining: refs(answer.policies),
      })),
  };
}

function versionOf({ bundle, tagsSource, ladder, database }: PolicyEngineDeps): string {
  const content = JSON.stringify([bundle.digest, tagsSource ?? null, ladder, database]);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
