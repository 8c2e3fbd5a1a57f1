import type { Access, StatementFacts } from '../access/facts.ts';
import { BoundedMap } from './bounded-map.ts';
import { type StatementTraits, traitsOf } from './context.ts';
import { type AssuranceKey, type ContextKey, createContextKey, joined, statementKey } from './context-key.ts';
import type { Assurance, Decision, DecisionRequest } from './decision.ts';
import { mergeReadings, type Reading } from './policy-reads.ts';
import type { Profiler, QuestionProfile } from './profile.ts';

/** One access of a statement, with all that can be said about its question before the moment is known. */
export type PlannedAccess = {
  readonly access: Access;
  readonly statement: StatementTraits;
  readonly profile: QuestionProfile;
  /** Equal keys: same question, but for principal, context and assurance. */
  readonly key: string;
};

/** What the engine keeps for one array of statements. */
export type Plan = {
  readonly accesses: readonly PlannedAccess[];
  readonly contextKey: ContextKey;
  /** The accesses whose answer may turn on the person's assurance. */
  readonly assured: readonly { readonly access: Access; readonly assuranceKey: AssuranceKey }[];
  readonly decisions: BoundedMap<string, Decision>;
};

/** Contexts per statement that are worth remembering: many people run the same dashboard. */
const MAX_DECISIONS = 256;

export function planFor(statements: readonly StatementFacts[], profiler: Profiler): Plan {
  const accesses = statements.flatMap((statement) => planned(statement, profiler));
  return {
    accesses,
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

function planned(facts: StatementFacts, profiler: Profiler): readonly PlannedAccess[] {
  const statement = traitsOf(facts);
  const accesses = facts.accesses.length === 0 ? [CONNECT] : facts.accesses;
  return accesses.map((access) => {
    const profile = profiler(access.action, access.resource);
    const key = joined([profile.key, statementKey(profile.reads, statement, access)]);
    return { access, statement, profile, key };
  });
}

function allReads(accesses: readonly PlannedAccess[]): ReadonlyMap<string, Reading> {
  const reads = new Map<string, Reading>();
  for (const profile of new Set(accesses.map((each) => each.profile))) {
    for (const [name, reading] of profile.reads) reads.set(name, mergeReadings(reads.get(name), reading));
  }
  return reads;
}
