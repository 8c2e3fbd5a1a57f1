import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analysis, Analyzer } from '../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../policy/access/worker-analyzer.ts';
import { loadCatalog } from '../../policy/catalog/load.ts';
import { PUBLIC } from '../policy/access/statements/reading.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { connectQuery } from '../support/query-fn.ts';
import { PATHOLOGICAL } from './pathological.ts';
import { pathologicalSchema } from './pathological-schema.ts';

/** One in so many: all of them take minutes, and are what `npm run bench -- --only hardening` sends through a whole stepward. */
const EVERY = Number(process.env['STEPWARD_PATHOLOGICAL_EVERY'] ?? 9);

const SOME = PATHOLOGICAL.filter((_, at) => at % EVERY === 0);

/** Syntax, limits, what is not supported, names that do not exist, and what cannot be together: PostgreSQL's own codes. */
const CLEAN =
  /^(?:42601|42622|54000|54001|54011|54023|0A000|42P01|42P09|42P10|42P20|42703|42702|42704|42712|42803|42804|42809|42883)$/;

let database: TestDatabase;
let analyzer: Analyzer;

beforeAll(async () => {
  database = await createTestDatabase(pathologicalSchema());
  const connected = await connectQuery(database);
  analyzer = await createAnalyzer({ catalog: await loadCatalog(connected.query, 1) });
  await connected.end();
});

afterAll(async () => {
  await analyzer?.close();
  await database?.drop();
});

/** undefined: as it should be. */
function whatIsWrong(analysis: Analysis): string | undefined {
  if (analysis.kind === 'facts') return undefined;
  const { sqlstate, message } = analysis.refusal;
  if (!CLEAN.test(sqlstate)) return `${sqlstate} ${message.slice(0, 200)}`;
  return message.length > MAX_MESSAGE_CHARS ? `a message of ${message.length} characters` : undefined;
}

const MAX_MESSAGE_CHARS = 1100;

describe('texts that are made to cost as much as they can', () => {
  it('are 200 or more, each within the limit of a statement', () => {
    expect(PATHOLOGICAL.length).toBeGreaterThan(200);
    const tooLong = SOME.filter(({ text }) => Buffer.byteLength(text()) > 1024 * 1024);
    expect(tooLong.map(({ name }) => name)).toEqual([]);
  });

  it('get facts or a clean refusal, with a message that is short', { timeout: 600_000 }, async () => {
    const wrong: string[] = [];
    for (const { name, text } of SOME) {
      const why = whatIsWrong(await analyzer.analyze(text(), PUBLIC));
      if (why !== undefined) wrong.push(`${name}: ${why}`);
    }
    expect(wrong).toEqual([]);
  });

  it.each(['200 wide tables by star', 'views of views, 2^n columns', "E'' of escapes, 1 MB"])(
    'keep nobody else from being answered: %s',
    { timeout: 600_000 },
    async (name) => {
      const slow = analyzer.analyze(`${PATHOLOGICAL.find((each) => each.name === name)?.text() ?? ''} `, PUBLIC);
      const others = [1, 2, 3].map(async (k) => analyzer.analyze(`SELECT k FROM j0 WHERE k = ${k} --${name}`, PUBLIC));
      expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(['facts', 'facts', 'facts']);
      await slow;
    },
  );
});
