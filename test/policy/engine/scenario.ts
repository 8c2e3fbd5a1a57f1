import type { Access, Resource, StatementFacts } from '../../../policy/access/facts.ts';
import type { PolicyBundle } from '../../../policy/engine/bundle.ts';
import type { Assurance, DecisionContext, DecisionRequest, Rung } from '../../../policy/engine/decision.ts';
import { createPolicyEngine, type ExplainingEngine } from '../../../policy/engine/engine.ts';
import { loadPolicies } from '../../../policy/engine/load.ts';
import { formatProblem } from '../../../policy/engine/problem.ts';

export const NOW_MS = Date.UTC(2026, 10, 24, 9, 30);

export const TOTP: Rung = { name: 'totp', methods: ['pwd', 'otp', 'mfa'], aal: 2 };
export const PASSKEY: Rung = { name: 'passkey', methods: ['hwk', 'user'], aal: 3 };

export const PASSWORD_ONLY: Assurance = { methods: ['pwd'], aal: 1, provedAtMs: NOW_MS };

export function bundleOf(...texts: readonly string[]): PolicyBundle {
  const result = loadPolicies(texts.map((text, index) => ({ path: `p${index}.cedar`, text })));
  if (result.kind === 'failed') throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.bundle;
}

/** Tags by resource name, as `customers.ssn` or `customers`. */
export function engineOf(
  text: string,
  options: { readonly tags?: Record<string, readonly string[]>; readonly ladder?: readonly Rung[] } = {},
): ExplainingEngine {
  const { tags = {}, ladder = [TOTP] } = options;
  return createPolicyEngine({
    bundle: bundleOf(text),
    tags: { tagsOf: (resource) => tags[shortName(resource)] ?? [] },
    tagsSource: tags,
    ladder,
    database: 'shop',
  });
}

function shortName(resource: Resource): string {
  if (resource.kind === 'column') return `${resource.table}.${resource.column}`;
  if (resource.kind === 'table') return resource.table;
  return 'name' in resource ? resource.name : resource.kind;
}

export function column(table: string, name: string, rest: Partial<Access> = {}): Access {
  const resource: Resource = { kind: 'column', schema: 'public', table, column: name };
  return { action: 'select', resource, usage: 'output', spans: [{ start: 7, end: 7 + name.length }], ...rest };
}

export function statement(...accesses: readonly Access[]): StatementFacts {
  return { kind: 'SELECT', span: { start: 0, end: 1 }, accesses, opaque: [], effects: [], isReadOnly: true };
}

export function context(
  session: Partial<DecisionContext['session']> = {},
  clock: Partial<DecisionContext['clock']> = {},
): DecisionContext {
  return {
    session: { address: '192.0.2.7', tls: true, application: 'psql', database: 'shop', role: 'app', ...session },
    clock: { nowMs: NOW_MS, hour: 9, weekday: 2, ...clock },
  };
}

export function request(
  statements: readonly StatementFacts[],
  rest: Partial<Omit<DecisionRequest, 'statements'>> = {},
): DecisionRequest {
  return {
    principal: { id: 'ada', groups: ['analysts'] },
    context: context(),
    assuranceFor: () => PASSWORD_ONLY,
    ...rest,
    statements,
  };
}
