import type { Access, StatementFacts } from '../access/facts.ts';
import { resourceKey } from '../access/facts.ts';
import { BoundedMap } from './bounded-map.ts';
import type { PendingTags } from './carried.ts';
import { type StatementTraits, traitsOf } from './context.ts';
import { type AssuranceKey, type ContextKey, createContextKey, joined, statementKey } from './context-key.ts';
import { copiesOf } from './copies.ts';
import type { Assurance, CarriedTags, Decision, DecisionRequest } from './decision.ts';
import type { ResourceTags } from './entities.ts';
import { mergeReadings, type Reading } from './policy-reads.ts';
import type { Profiler, QuestionProfile } from './profile.ts';

/** One access of a statement, with all that can be said about its question before the moment is known. */
export type PlannedAccess = {
  readonly access: Access;
  readonly statement: StatementTraits;
  readonly profile: QuestionProfile;
  /** The tags with which it is asked. Only those of the resource: `key` says all else that the answer turns on. */
  readonly tags: ResourceTags;
  /** Equal keys: same question, but for principal, context and assurance. */
  readonly key: string;
};

/** What the engine keeps for one array of statements. */
export type Plan = {
  readonly accesses: readonly PlannedAccess[];
  readonly contextKey: ContextKey;
  /** The accesses whose answer may turn on the person's assurance. */
  readonly assured: readonly { readonly access: Access; readonly assuranceKey: AssuranceKey }[];
  /** What its targets carry once it is allowed. */
  readonly carries: readonly CarriedTags[];
  readonly decisions: BoundedMap<string, Decision>;
};

/** Tags, and the classes of questions that follow from them. */
export type Tagging = { readonly tags: ResourceTags; readonly profiler: Profiler };

export type Taggings = {
  /** As the configuration says. */
  readonly own: Tagging;
  /** With those that columns carry. */
  readonly carried: Tagging;
  /** And with those that are on their way, by resourceKey(). */
  readonly pending: (tags: PendingTags) => Tagging;
};

/** Contexts per statement that are worth remembering: many people run the same dashboard. */
const MAX_DECISIONS = 256;

export function planFor(statements: readonly StatementFacts[], taggings: Taggings): Plan {
  const { accesses, carries } = plannedInOrder(statements, taggings);
  return {
    accesses,
    carries,
    contextKey: createContextKey(allReads(accesses)),
    assured: accesses.flatMap(({ access, profile }) =>
      profile.assuranceKey === undefined ? [] : [{ access, assuranceKey: profile.assuranceKey }],
    ),
    decisions: new BoundedMap(MAX_DECISIONS),
  };
}

/** Equal keys: no loaded policy can tell the two requests apart, so the decision is the same. */
export function decisionKey(plan: Plan, principalKey: string, request: DecisionRequest): string {
  const { nowMs } = request.context.clock;
  let key = `${principalKey}|${plan.contextKey(request.context)}|`;
  let last: { readonly assurance: Assurance; readonly assuranceKey: AssuranceKey } | undefined;
  for (const { access, assuranceKey } of plan.assured) {
    const assurance = request.assuranceFor(access);
    // Mostly the session's own assurance, column after column: said once, then "as before".
    const isRepeated = last?.assurance === assurance && last.assuranceKey === assuranceKey;
    key += isRepeated ? '=' : `${assuranceKey(assurance, nowMs)};`;
    last = { assurance, assuranceKey };
  }
  return key;
}

/** A statement that touches nothing uses the database all the same; nothing goes through unasked. */
const CONNECT: Access = { action: 'connect', resource: { kind: 'database' }, usage: 'none', spans: [] };

/** A statement is judged with what the ones before it in the message bring along. */
function plannedInOrder(statements: readonly StatementFacts[], taggings: Taggings): Pick<Plan, 'accesses' | 'carries'> {
  const accesses: PlannedAccess[] = [];
  const carries: CarriedTags[] = [];
  const pending = new Map<string, Set<string>>();
  let all = taggings.carried;
  for (const facts of statements) {
    const copies = copiesOf(facts, all.tags);
    accesses.push(...planned(facts, copies.accesses, taggings.own, all));
    carries.push(...copies.carries);
    if (copies.carries.length === 0) continue;
    for (const { target, tags } of copies.carries) {
      pending.set(resourceKey(target), new Set([...(pending.get(resourceKey(target)) ?? []), ...tags]));
    }
    all = taggings.pending(pending);
  }
  return { accesses, carries };
}

/** What carries tags that are not its own is asked about twice: such tags may only take rights away. */
function planned(
  facts: StatementFacts,
  copies: readonly Access[],
  own: Tagging,
  all: Tagging,
): readonly PlannedAccess[] {
  const statement = traitsOf(facts);
  const keys: Keys = new Map();
  const accesses = facts.accesses.length === 0 ? [CONNECT] : facts.accesses;
  return [...accesses, ...copies].flatMap((access) => {
    const first = question(access, statement, own, keys);
    const second = carriesMore(access, own, all) ? question(access, statement, all, keys) : undefined;
    return second === undefined || second.key === first.key ? [first] : [first, second];
  });
}

function carriesMore({ resource }: Access, own: Tagging, all: Tagging): boolean {
  if (resource.kind !== 'column' && resource.kind !== 'table') return false;
  return all !== own && all.tags.tagsOf(resource).length !== own.tags.tagsOf(resource).length;
}

function question(access: Access, statement: StatementTraits, tagging: Tagging, keys: Keys): PlannedAccess {
  const { tags, profiler } = tagging;
  const profile = profiler(access.action, access.resource);
  return { access, statement, profile, tags, key: keyOf(access, statement, profile, keys) };
}

/** Keys of one statement's questions: columns by the thousand share one, and text that is the same object is told fast. */
type Keys = Map<QuestionProfile, Map<string, string>>;

function keyOf(access: Access, statement: StatementTraits, profile: QuestionProfile, keys: Keys): string {
  const make = (): string => joined([profile.key, statementKey(profile.reads, statement, access)]);
  if (access.target !== undefined) return make();
  const known = keys.get(profile) ?? new Map<string, string>();
  if (known.size === 0) keys.set(profile, known);
  const use = `${access.usage} ${access.via ?? '-'}`;
  const key = known.get(use) ?? make();
  known.set(use, key);
  return key;
}

function allReads(accesses: readonly PlannedAccess[]): ReadonlyMap<string, Reading> {
  const reads = new Map<string, Reading>();
  for (const profile of new Set(accesses.map((each) => each.profile))) {
    for (const [name, reading] of profile.reads) reads.set(name, mergeReadings(reads.get(name), reading));
  }
  return reads;
}
