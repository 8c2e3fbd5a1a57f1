import { type Action, type Resource, resourceKey } from '../access/facts.ts';
import { BoundedMap } from './bounded-map.ts';
import type { PolicyBundle } from './bundle.ts';
import { type AssuranceKey, type ContextKey, createAssuranceKey, createContextKey } from './context-key.ts';
import { type ResourceTags, selfAndAncestors } from './entities.ts';
import { uidText } from './model.ts';
import { couldApply } from './policy-scope.ts';
import { mergeReadings, type Reading } from './policy-reads.ts';

/**
 * A class of questions that the loaded policies cannot tell apart by their resource: same action, same type of resource,
 * and the same of the entities that policies name among the resource and its ancestors. The only attribute of a resource,
 * `isSeenThrough` of functions, is part of the class. `select *` from 50 columns of which one is tagged is two classes.
 */
export type QuestionProfile = {
  readonly key: string;
  /** What the policies that could apply read from the context: `assurance.age` -> how. */
  readonly reads: ReadonlyMap<string, Reading>;
  readonly contextKey: ContextKey;
  /** undefined: no proof, however strong, can change the answer. */
  readonly assuranceKey: AssuranceKey | undefined;
};

const MAX_RESOURCES = 20_000;

export type Profiler = (action: Action, resource: Resource) => QuestionProfile;

export function createProfiler(
  bundle: PolicyBundle,
  deps: { readonly tags: ResourceTags; readonly database: string },
): Profiler {
  const literals = new Set(bundle.policies.flatMap((policy) => [...policy.reads.literals]));
  // Bounded by the literals of the policies, not by what clients send.
  const profiles = new Map<string, QuestionProfile>();
  const known = new BoundedMap<string, QuestionProfile>(MAX_RESOURCES);
  const profileOf = (action: Action, resource: Resource): QuestionProfile => {
    const uids = selfAndAncestors(resource, deps.database, deps.tags);
    const named = uids.map(uidText).filter((text) => literals.has(text));
    const resourceType = uids[0]?.type ?? '';
    const key = JSON.stringify([action, resourceType, isSeenThrough(resource), ...named.sort()]);
    const profile = profiles.get(key) ?? buildProfile(bundle, key, action, resourceType, new Set(named));
    profiles.set(key, profile);
    return profile;
  };
  return (action, resource) => {
    const name = `${action} ${resource.kind} ${resourceKey(resource)} ${isSeenThrough(resource)}`;
    const profile = known.get(name) ?? profileOf(action, resource);
    known.set(name, profile);
    return profile;
  };
}

function isSeenThrough(resource: Resource): boolean {
  return resource.kind === 'function' && resource.isSeenThrough === true;
}

function buildProfile(
  bundle: PolicyBundle,
  key: string,
  action: Action,
  resourceType: string,
  named: ReadonlySet<string>,
): QuestionProfile {
  const reads = new Map<string, Reading>();
  for (const policy of bundle.policies) {
    if (!couldApply(policy.scope, action, resourceType, named)) continue;
    for (const [name, reading] of policy.reads.context) reads.set(name, mergeReadings(reads.get(name), reading));
  }
  const readsAssurance = [...reads.keys()].some((name) => name.startsWith('assurance.'));
  return {
    key,
    reads,
    contextKey: createContextKey(reads),
    assuranceKey: readsAssurance ? createAssuranceKey(reads) : undefined,
  };
}
