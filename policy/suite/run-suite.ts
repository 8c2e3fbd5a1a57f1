import type { Analysis, Analyzer, Namespace } from '../access/analyzer.ts';
import type { StatementFacts } from '../access/facts.ts';
import type { Assurance, Decision, DecisionContext, PolicyEngine } from '../engine/decision.ts';
import type { PolicyCase } from './suite-file.ts';

export type SuiteDeps = {
  /** Already holds the catalog that the statements are about. */
  readonly analyzer: Analyzer;
  readonly engine: PolicyEngine;
  readonly database: string;
  /** context.clock for a time: see createZonedClock. */
  readonly clockAt: (nowMs: number) => DecisionContext['clock'];
};

export type CaseResult = {
  readonly policyCase: PolicyCase;
  readonly isPassed: boolean;
  /** What came out, in one line: `stepUp totp by "pii-needs-fresh-proof"`. */
  readonly actual: string;
  /** What was wrong with it; undefined for a passed case. */
  readonly difference?: string;
};

export type SuiteReport = { readonly results: readonly CaseResult[]; readonly passed: number; readonly failed: number };

/** The moment of every case that names none: a Tuesday, so that a suite gives the same result on any day. */
const DEFAULT_CLOCK = '2026-11-24T09:30:00Z';

/** Runs policy cases through the real analysis and the real engine, in order. */
export async function runSuite(cases: readonly PolicyCase[], deps: SuiteDeps): Promise<SuiteReport> {
  const results: CaseResult[] = [];
  for (const policyCase of cases) results.push(await runCase(policyCase, deps));
  const passed = results.filter((result) => result.isPassed).length;
  return { results, passed, failed: results.length - passed };
}

async function runCase(policyCase: PolicyCase, deps: SuiteDeps): Promise<CaseResult> {
  const analysis = await deps.analyzer.analyze(policyCase.statement, namespaceOf(policyCase));
  const { actual, difference } =
    analysis.kind === 'refused'
      ? judgeRefusal(policyCase, analysis)
      : judge(policyCase, analysis.facts.statements, deps);
  return {
    policyCase,
    isPassed: difference === undefined,
    actual,
    ...(difference === undefined ? {} : { difference }),
  };
}

type Outcome = { readonly actual: string; readonly difference?: string };

/** A text that analysis refuses must be expected as such: otherwise a misspelt statement would pass for a refusal. */
function judgeRefusal(policyCase: PolicyCase, { refusal }: Extract<Analysis, { kind: 'refused' }>): Outcome {
  const actual = `refused by analysis (${refusal.cause}): ${refusal.message}`;
  if (policyCase.analysis === refusal.cause) return { actual };
  const expected = policyCase.analysis === undefined ? 'a decision of the policies' : policyCase.analysis;
  return { actual, difference: `expected ${expected}, but analysis refused the statement` };
}

function judge(policyCase: PolicyCase, statements: readonly StatementFacts[], deps: SuiteDeps): Outcome {
  const clock = deps.clockAt(Date.parse(policyCase.clock ?? DEFAULT_CLOCK));
  const assurance = assuranceOf(policyCase, clock.nowMs);
  const decision = deps.engine.decide({
    principal: { id: policyCase.person, groups: policyCase.groups },
    statements,
    context: { session: sessionOf(policyCase, deps.database), clock },
    assuranceFor: () => assurance,
  });
  const difference = differenceOf(policyCase, decision);
  return { actual: decisionText(decision), ...(difference === undefined ? {} : { difference }) };
}

function differenceOf(policyCase: PolicyCase, decision: Decision): string | undefined {
  if (policyCase.analysis !== undefined) return `expected analysis to refuse it (${policyCase.analysis})`;
  if (decision.kind !== policyCase.expect) return `expected ${policyCase.expect}, got ${decision.kind}`;
  // Not what the policies say, but that they could not say it: no case should rest on that.
  if (decision.kind === 'refuse' && decision.evaluationErrors !== undefined) return 'a policy could not be evaluated';
  if (decision.kind === 'stepUp' && policyCase.rung !== undefined && decision.rung.name !== policyCase.rung) {
    return `expected the rung ${policyCase.rung}, got ${decision.rung.name}`;
  }
  const determining = new Set(decision.determining.map((policy) => policy.id));
  const missing = (policyCase.policies ?? []).filter((id) => !determining.has(id));
  return missing.length === 0 ? undefined : `expected to be determined by ${missing.join(', ')}`;
}

function decisionText(decision: Decision): string {
  const policies = decision.determining.map((policy) => `"${policy.id}"`).join(', ');
  const rung = decision.kind === 'stepUp' ? ` ${decision.rung.name}` : '';
  return `${decision.kind}${rung} by ${policies === '' ? 'no policy' : policies}`;
}

function namespaceOf({ searchPath = ['public'], role = 'stepward' }: PolicyCase): Namespace {
  return { searchPath, role, tempRelations: [], key: JSON.stringify([searchPath, role]) };
}

function sessionOf(policyCase: PolicyCase, database: string): DecisionContext['session'] {
  const { address = '127.0.0.1', application = 'psql', role = 'stepward', tls = true } = policyCase;
  return { address, tls, application, database, role };
}

function assuranceOf({ assurance }: PolicyCase, nowMs: number): Assurance {
  const { methods, aal, age, approvedBy } = assurance ?? { methods: ['pwd'], aal: 1, age: 0 };
  return { methods, aal, provedAtMs: nowMs - age, ...(approvedBy === undefined ? {} : { approvedBy }) };
}
