import type { StatementFacts } from '../access/facts.ts';
import type { PolicyBundle } from './bundle.ts';
import { type CarriedTagSource, withCarried } from './carried.ts';
import type { ResourceTags } from './entities.ts';
import { type Plan, planFor, type Tagging } from './plan.ts';
import { createProfiler } from './profile.ts';

export type PlannerDeps = {
  readonly bundle: PolicyBundle;
  readonly tags: ResourceTags;
  readonly carried: CarriedTagSource;
  readonly database: string;
};

/** The plan of a statements array, made once for as long as no column carries more tags than before. */
export function createPlanner(deps: PlannerDeps): (statements: readonly StatementFacts[]) => Plan {
  const taggingOf = (tags: ResourceTags): Tagging => ({
    tags,
    profiler: createProfiler(deps.bundle, { ...deps, tags }),
  });
  const own = taggingOf(deps.tags);
  let version: string | undefined;
  let plans = new WeakMap<readonly StatementFacts[], Plan>();
  let carried = own;
  return (statements) => {
    if (version !== deps.carried.version) {
      version = deps.carried.version;
      plans = new WeakMap();
      carried = taggingOf(withCarried(deps.tags, deps.carried, new Map()));
    }
    const known = plans.get(statements);
    if (known !== undefined) return known;
    const plan = planFor(statements, {
      own,
      carried,
      // What an earlier statement of the message brings along is not known to anybody else yet: nothing to remember.
      pending: (tags) => taggingOf(withCarried(deps.tags, deps.carried, tags)),
    });
    plans.set(statements, plan);
    return plan;
  };
}
