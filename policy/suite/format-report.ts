import type { CaseResult, SuiteReport } from './run-suite.ts';

/** A report as lines for a terminal or a CI log: each failure with its place, and one line of counts at the end. */
export function formatReport(report: SuiteReport): readonly string[] {
  const failures = report.results.filter((result) => !result.isPassed);
  return [...failures.flatMap(formatFailure), `${report.passed} passed, ${report.failed} failed`];
}

function formatFailure({ policyCase, actual, difference = '' }: CaseResult): readonly string[] {
  return [
    `${policyCase.file}:${policyCase.line}: error: ${policyCase.name}: ${difference}`,
    `    ${policyCase.person}: ${policyCase.statement.replaceAll(/\s+/g, ' ')}`,
    `    came out as: ${actual}`,
  ];
}
