import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RefusedAnalysis } from '../../../../policy/access/refusal.ts';
import { analyse, environment, lines } from './world.ts';

/**
 * test/fixtures/access/<topic>.sql: blocks of `-- rule`, a statement, and `=> ` lines with every fact that it must have and
 * no other. `<topic>.invalid.sql`: one `=> SQLSTATE message` line each. `-- path: a, b` sets the search_path of a block.
 */
type Case = {
  readonly rule: string;
  readonly sql: string;
  readonly expected: readonly string[];
  readonly searchPath: readonly string[];
};

const FOLDER = new URL('../../../fixtures/access/', import.meta.url);

function readCases(file: string): readonly Case[] {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  return text
    .split(/\n\s*\n/)
    .filter((block) => block.includes('=>'))
    .map(readCase);
}

function readCase(block: string): Case {
  const all = block.trim().split('\n');
  const comments = all.filter((line) => line.startsWith('-- '));
  const path = comments.find((line) => line.startsWith('-- path: '));
  return {
    rule: comments[0]?.slice(3) ?? '',
    sql: all.filter((line) => !line.startsWith('-- ') && !line.startsWith('=>')).join('\n'),
    expected: all.filter((line) => line.startsWith('=>')).map((line) => line.slice(2).trim()),
    searchPath: path?.slice(9).split(', ') ?? ['public'],
  };
}

/** Only the query topics: other parts of the analysis may keep fixtures here too. */
const files = readdirSync(FOLDER).filter((file) => file.startsWith('query-') && file.endsWith('.sql'));
const valid = files.filter((file) => !file.endsWith('.invalid.sql'));

it('has fixtures, and for each topic what must be refused', () => {
  expect(valid.length).toBeGreaterThan(5);
  for (const file of valid) expect(files).toContain(file.replace('.sql', '.invalid.sql'));
});

for (const file of valid) {
  describe(file, () => {
    for (const one of readCases(file)) {
      it(one.rule, () => {
        expect(lines(one.sql, environment({ searchPath: one.searchPath }))).toEqual(one.expected.toSorted());
      });
    }
  });
}

for (const file of files.filter((name) => name.endsWith('.invalid.sql'))) {
  describe(file, () => {
    for (const one of readCases(file)) {
      it(one.rule, () => {
        expect(refusalOf(one)).toBe(one.expected[0]);
      });
    }
  });
}

function refusalOf(one: Case): string {
  try {
    analyse(one.sql, environment({ searchPath: one.searchPath }));
    return 'accepted';
  } catch (error) {
    if (!(error instanceof RefusedAnalysis)) throw error;
    return `${error.refusal.sqlstate} ${error.refusal.message}`;
  }
}
