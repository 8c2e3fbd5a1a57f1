import { type PolicyBundle, policyRef } from './bundle.ts';
import type { Answer } from './cedar-ask.ts';
import type { Decision, DeniedAccess, PolicyRef } from './decision.ts';
import type { Climb, Denial } from './ladder.ts';

/** Puts answers into the words of a Decision. */
export type Refs = (ids: readonly string[]) => readonly PolicyRef[];

/** Ids -> references, each once, in the order of the bundle: Cedar's own order changes from run to run. */
export function createRefs(bundle: PolicyBundle): Refs {
  const known = bundle.policies.map((policy) => policyRef(policy));
  // Denied columns share the answer that denies them, by the thousand.
  const lately = new WeakMap<readonly string[], readonly PolicyRef[]>();
  return (ids) => {
    const wanted = new Set(ids);
    const found = lately.get(ids) ?? known.filter((ref) => wanted.has(ref.id));
    lately.set(ids, found);
    return found;
  };
}

export function refusedByErrors(failed: readonly Denial[], refs: Refs): Decision {
  const errors = new Map(failed.flatMap(({ answer }) => answer.errors.map((each) => [each.policy, each])));
  return {
    kind: 'refuse',
    determining: refs([...errors.keys()]),
    denied: failed.map(({ planned }) => ({ access: planned.access, determining: [] })),
    evaluationErrors: [...errors.values()],
  };
}

export function refusedByPolicy(
  denials: readonly Denial[],
  refs: Refs,
  persistent: (denial: Denial) => readonly string[],
): Decision {
  const denied = denials.map((denial): DeniedAccess => {
    const lasting = refs(persistent(denial));
    const all = refs(denial.answer.policies);
    return {
      access: denial.planned.access,
      determining: [...new Set([...lasting.filter((ref) => all.includes(ref)), ...all])],
    };
  });
  return { kind: 'refuse', determining: [...new Set(denied.flatMap((each) => each.determining))], denied };
}

export function stepUp(climbed: Extract<Climb, { kind: 'climbed' }>, bundle: PolicyBundle, refs: Refs): Decision {
  const denied = climbed.lifted.map(({ denial }) => ({
    access: denial.planned.access,
    determining: refs(denial.answer.policies),
  }));
  // Where nothing permitted before, the freshness is asked for by what permits now.
  const asking = climbed.lifted.flatMap(({ denial, answer }) => decidingIds(denial.answer, answer));
  const maxAgeMs = smallestAge(bundle, new Set(asking));
  return {
    kind: 'stepUp',
    rung: climbed.rung,
    determining: refs(asking),
    denied,
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  };
}

function decidingIds(before: Answer, after: Answer): readonly string[] {
  return before.policies.length > 0 ? before.policies : after.policies;
}

function smallestAge(bundle: PolicyBundle, ids: ReadonlySet<string>): number | undefined {
  const thresholds = bundle.policies.filter(({ id }) => ids.has(id)).flatMap(({ reads }) => reads.ageThresholdsMs);
  return thresholds.length === 0 ? undefined : Math.max(0, Math.min(...thresholds));
}
