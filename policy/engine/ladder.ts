import type { Answer } from './cedar-ask.ts';
import type { Assurance, Rung } from './decision.ts';
import type { Judge, Moment } from './judge.ts';
import type { PlannedAccess } from './plan.ts';

/** An access that the policies deny with the assurance that the person has. */
export type Denial = { readonly planned: PlannedAccess; readonly answer: Answer };

export type Climb =
  | { readonly kind: 'climbed'; readonly rung: Rung; readonly lifted: readonly LiftedDenial[] }
  /** No proof helps against these. */
  | { readonly kind: 'outOfReach'; readonly denials: readonly Denial[] };

/** A denial together with the answer that the rung's assurance would get. */
export type LiftedDenial = { readonly denial: Denial; readonly answer: Answer };

/**
 * Asks the same policies what more assurance would change: the first rung, weakest first, with which every denied access
 * is allowed. Where no single rung lifts all, but each access has one, it is the first that lifts any: after that proof
 * the next question asks for the rest.
 */
export function climb(denials: readonly Denial[], ladder: readonly Rung[], moment: Moment, judge: Judge): Climb {
  const steps = ladder.map((rung) => {
    const assurance = assuranceAt(rung, moment.context.clock.nowMs);
    return { rung, lifted: denials.flatMap((denial) => lift(denial, assurance, moment, judge)) };
  });
  const within = new Set(steps.flatMap((step) => step.lifted.map((each) => each.denial)));
  const denialsOutOfReach = denials.filter((denial) => !within.has(denial));
  const best =
    steps.find((step) => step.lifted.length === denials.length) ?? steps.find((step) => step.lifted.length > 0);
  if (best === undefined || denialsOutOfReach.length > 0) return { kind: 'outOfReach', denials: denialsOutOfReach };
  return { kind: 'climbed', ...best };
}

/** What the person would have a moment after climbing the rung. */
export function assuranceAt(rung: Rung, nowMs: number): Assurance {
  return { methods: rung.methods, aal: rung.aal, provedAtMs: nowMs };
}

function lift(denial: Denial, assurance: Assurance, moment: Moment, judge: Judge): readonly LiftedDenial[] {
  // No policy that could apply looks at assurance: no need to ask.
  if (denial.planned.profile.assuranceKey === undefined) return [];
  const answer = judge(denial.planned, moment, assurance);
  return answer.isAllowed ? [{ denial, answer }] : [];
}
