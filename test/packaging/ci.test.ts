import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'stepward-ci-'));
afterAll(() => rmSync(folder, { recursive: true }));

function summary(report: string): readonly [status: number | null, lastLine: string] {
  const file = join(folder, 'report.json');
  writeFileSync(file, report);
  const { status, stdout } = spawnSync(process.execPath, ['.ci/summary.ts', file], { encoding: 'utf8' });
  return [status, stdout.trimEnd().split('\n').at(-1) ?? ''];
}

const counts = { success: true, numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };

describe('.ci/run', () => {
  it('is a shell script that parses, and may be run', () => {
    expect(spawnSync('bash', ['-n', '.ci/run']).status).toBe(0);
    expect(() => accessSync('.ci/run', constants.X_OK)).not.toThrow();
  });

  it.each([
    ['all passed', counts, [0, '7 passed, 0 failed, 2 skipped']],
    ['some failed', { ...counts, success: false, numFailedTests: 2 }, [1, '7 passed, 2 failed, 2 skipped']],
    ['a file could not be loaded', { ...counts, success: false }, [1, '7 passed, 1 failed, 2 skipped']],
    ['no test ran', { ...counts, numPassedTests: 0 }, [1, '0 passed, 0 failed, 2 skipped']],
  ])('closes with the counts where %s', (_, report, expected) => {
    expect(summary(JSON.stringify(report))).toEqual(expected);
  });

  it('counts a run that ended without a report as failed', () => {
    expect(summary('')).toEqual([1, '0 passed, 1 failed, 0 skipped']);
  });
});
