import { type AccessFacts, resourceKey, type Span } from '../access/facts.ts';
import type { Decision, DeniedAccess, PolicyRef } from './decision.ts';

export type AccessExplanation = {
  readonly action: string;
  /** resourceKey() */
  readonly resource: string;
  readonly usage: string;
  readonly via?: string;
  readonly verdict: 'allowed' | 'denied' | 'needsProof';
  /** For a denied access: the forbids; empty when no policy permits it. Allowed ones share the decision's permits. */
  readonly policies: readonly PolicyRef[];
  readonly spans: readonly Span[];
};

export type DecisionExplanation = {
  readonly verdict: Decision['kind'];
  /** One sentence for people. */
  readonly summary: string;
  readonly accesses: readonly AccessExplanation[];
  /** Name of the rung that would lift the denial. */
  readonly rung?: string;
  readonly maxAgeMs?: number;
  readonly evaluationErrors: readonly { readonly policy: string; readonly message: string }[];
};

/** Tells why a decision came out as it did, access by access, the denied ones first. */
export function explainDecision(decision: Decision, facts: AccessFacts): DecisionExplanation {
  const denied = decision.kind === 'allow' ? [] : decision.denied;
  const deniedKeys = new Set(denied.map((each) => keyOf(each.access)));
  const accesses = facts.statements.flatMap((statement) => statement.accesses);
  const allowed = accesses.filter((access) => !deniedKeys.has(keyOf(access)));
  return {
    verdict: decision.kind,
    summary: summaryOf(decision),
    accesses: [
      ...denied.map((each) => explained(each, decision.kind === 'stepUp' ? 'needsProof' : 'denied')),
      // A refusal names what cannot be had; of the others it only says that they did not cause it.
      ...allowed.map((access) => explained({ access, determining: [] }, 'allowed')),
    ],
    ...(decision.kind === 'stepUp' ? { rung: decision.rung.name } : {}),
    ...(decision.kind === 'stepUp' && decision.maxAgeMs !== undefined ? { maxAgeMs: decision.maxAgeMs } : {}),
    evaluationErrors: decision.kind === 'refuse' ? (decision.evaluationErrors ?? []) : [],
  };
}

function explained({ access, determining }: DeniedAccess, verdict: AccessExplanation['verdict']): AccessExplanation {
  return {
    action: access.action,
    resource: resourceKey(access.resource),
    usage: access.usage,
    ...(access.via === undefined ? {} : { via: access.via }),
    verdict,
    policies: determining,
    spans: access.spans,
  };
}

function summaryOf(decision: Decision): string {
  switch (decision.kind) {
    case 'allow':
      return `allowed by ${namesOf(decision.determining)}`;
    case 'stepUp':
      return `needs ${decision.rung.name}: ${namesOf(decision.determining)}`;
    case 'refuse':
      if (decision.evaluationErrors !== undefined) return 'refused: a policy could not be evaluated';
      if (decision.determining.length === 0) return 'refused: no policy permits it';
      return `refused by ${namesOf(decision.determining)}`;
  }
}

function namesOf(policies: readonly PolicyRef[]): string {
  return policies.length === 0 ? 'no policy' : policies.map((policy) => `"${policy.id}"`).join(', ');
}

/** Facts may come back from the audit store: the same access is then another object. */
function keyOf(access: DeniedAccess['access']): string {
  return JSON.stringify([access.action, resourceKey(access.resource), access.usage, access.via ?? null]);
}
