import { createHash } from 'node:crypto';
import type { PolicyBundle } from './bundle.ts';
import { type CarriedTagSource, NOTHING_CARRIED } from './carried.ts';
import { createAsk } from './cedar-ask.ts';
import type { Decision, DecisionRequest, PolicyEngine, PolicyRef, Rung } from './decision.ts';
import type { ResourceTags } from './entities.ts';
import { createJudge, createPrincipalKey, type Moment } from './judge.ts';
import { assuranceAt, climb, type Denial } from './ladder.ts';
import { decisionKey, type Plan, type PlannedAccess } from './plan.ts';
import { createPlanner } from './planner.ts';
import { cedarSchema } from './schema.ts';
import { createRefs, refusedByErrors, refusedByPolicy, stepUp } from './verdict.ts';

export type PolicyEngineDeps = {
  readonly bundle: PolicyBundle;
  readonly tags: ResourceTags;
  /** Whatever `tags` was made from, JSON-able: part of `version`, because it decides as much as the policies do. */
  readonly tagsSource?: unknown;
  /** Tags that columns carry besides; may grow while the engine lives. Left out: none. */
  readonly carried?: CarriedTagSource;
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
  const carried = deps.carried ?? NOTHING_CARRIED;
  const planOf = createPlanner({ ...deps, carried });
  const judge = createJudge(createAsk(deps.bundle, cedarSchema(), deps));
  const refs = createRefs(deps.bundle);
  const principalKey = createPrincipalKey();

  const momentOf = ({ principal, context }: DecisionRequest): Moment => ({
    principal,
    context,
    principalKey: principalKey(principal),
  });
  const answersTo = (plan: Plan, request: DecisionRequest, moment: Moment): readonly Denial[] =>
    plan.accesses.map((planned) => ({
      planned,
      answer: judge(planned, moment, request.assuranceFor(planned.access)),
    }));
  const take = (plan: Plan, request: DecisionRequest): Decision => {
    const moment = momentOf(request);
    const answers = answersTo(plan, request, moment);
    const denials = answers.filter(({ answer }) => !answer.isAllowed);
    const failed = answers.filter(({ answer }) => answer.errors.length > 0);
    // INVARIANT 4: Cedar leaves a policy that errors out of its answer; a forbid among them would vanish.
    if (failed.length > 0) return refusedByErrors(failed, refs);
    if (denials.length === 0) {
      const determining = refs([...new Set(answers.map(({ answer }) => answer))].flatMap(({ policies }) => policies));
      const { carries } = plan;
      return carries.length === 0 ? { kind: 'allow', determining } : { kind: 'allow', determining, carries };
    }
    const climbed = climb(denials, deps.ladder, moment, judge);
    if (climbed.kind === 'climbed') return stepUp(climbed, deps.bundle, refs);
    return refusedByPolicy(climbed.denials, refs, persistentAt(moment));
  };
  /** The policies that deny even with the strongest proof: the reason to name first. */
  const persistentAt = (moment: Moment): ((denial: Denial) => readonly string[]) => {
    const top = deps.ladder.at(-1);
    const strongest = top === undefined ? undefined : assuranceAt(top, moment.context.clock.nowMs);
    return ({ planned, answer }) =>
      strongest === undefined || planned.profile.assuranceKey === undefined
        ? answer.policies
        : judge(planned, moment, strongest).policies;
  };

  const version = versionOf(deps);
  return {
    version,
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
      answersTo(planOf(request.statements), request, momentOf(request)).map(({ planned, answer }) => ({
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
