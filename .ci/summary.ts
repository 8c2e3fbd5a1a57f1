/** Prints the closing line of a run from vitest's JSON report; fails when no test ran. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  numFailedTestSuites: z.number(),
});

const file = process.argv[2];
if (file === undefined) throw new Error('usage: summary.ts REPORT.json');
const report = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
// A suite that could not even be loaded has no failed test of its own, and must not read as passed.
const failed = Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0);
if (report.numPassedTests + failed === 0) process.exitCode = 1;
console.log(
  `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
);
