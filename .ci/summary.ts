/** Prints the closing line of a run from vitest's JSON report; fails when a test failed, or none ran. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});
type Report = z.output<typeof Report>;

const [passed, failed, skipped] = counts(read(process.argv[2]));
if (failed > 0 || passed === 0) process.exitCode = 1;
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);

/** undefined where vitest ended before it could report. */
function read(file: string | undefined): Report | undefined {
  if (file === undefined) throw new Error('usage: summary.ts REPORT.json');
  const text = readFileSync(file, 'utf8');
  return text === '' ? undefined : Report.parse(JSON.parse(text));
}

function counts(report: Report | undefined): readonly [passed: number, failed: number, skipped: number] {
  if (report === undefined) return [0, 1, 0];
  // A file that could not even be loaded, or an error outside of all tests, has no failed test of its own.
  const failures = report.success ? 0 : Math.max(1, report.numFailedTests);
  return [report.numPassedTests, failures, report.numPendingTests + report.numTodoTests];
}
