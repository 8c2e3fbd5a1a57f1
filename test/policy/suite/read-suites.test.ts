import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatReport } from '../../../policy/suite/format-report.ts';
import { readSuites } from '../../../policy/suite/read-suites.ts';

describe('a folder of suites', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-suites-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const suite = (name: string): string =>
    `cases:\n  - { name: ${name}, person: p, groups: [], statement: select 1, expect: allow }\n`;

  it('gives the cases of every file, and the mistakes of those that cannot be read', () => {
    writeFileSync(join(folder, 'b.yaml'), suite('second'));
    writeFileSync(join(folder, 'a.yml'), suite('first'));
    writeFileSync(join(folder, 'c.yaml'), 'cases: [{}]');
    writeFileSync(join(folder, 'notes.txt'), 'no suite');
    mkdirSync(join(folder, 'sub'));
    const { cases, problems } = readSuites(folder);
    expect(cases.map((each) => each.name)).toEqual(['first', 'second']);
    expect(new Set(problems.map((problem) => problem.file))).toEqual(new Set([join(folder, 'c.yaml')]));
  });

  it('is a problem when there is nothing to test', () => {
    expect(readSuites(folder).problems).toHaveLength(1);
    expect(readSuites(join(folder, 'missing')).problems).toHaveLength(1);
  });

  it('is reported with the place of each case that failed', () => {
    writeFileSync(join(folder, 'a.yaml'), suite('one'));
    const { cases } = readSuites(folder);
    const results = cases.map((policyCase) => ({
      policyCase,
      isPassed: false,
      actual: 'refuse by no policy',
      difference: 'expected allow, got refuse',
    }));
    expect(formatReport({ results, passed: 0, failed: 1 })).toEqual([
      `${join(folder, 'a.yaml')}:2: error: one: expected allow, got refuse`,
      '    p: select 1',
      '    came out as: refuse by no policy',
      '0 passed, 1 failed',
    ]);
  });
});
