import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { analyseText, type Prepared, prepareCatalog } from '../../../policy/access/analyse-text.ts';
import type { StatementFacts } from '../../../policy/access/facts.ts';
import { loadParser } from '../../../policy/access/parse.ts';
import { loadCatalog } from '../../../policy/catalog/load.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { connectQuery } from '../../support/query-fn.ts';

/**
 * PostgreSQL as the judge of lineage: the same query over two versions of the data that differ in one column only. A value
 * that differs comes from that column, so the facts must say so, of a result and of a temporary table made from it.
 * INTERFERENCE_RUNS=4000 for a longer run.
 */
const SCHEMA = `
  CREATE TABLE people (id int PRIMARY KEY, name text, secret text, country text);
  CREATE TABLE notes (id int PRIMARY KEY, person int, body text);
  INSERT INTO people SELECT n, 'name' || n, 's' || (n * 7 % 10), 'c' || n % 3 FROM generate_series(1, 9) n;
  INSERT INTO notes SELECT n, 1 + n % 9, 's' || n FROM generate_series(1, 9) n;
  CREATE VIEW shown AS SELECT id, upper(secret) AS loud, name FROM people WHERE country <> 'c9';`;
const OTHER = `UPDATE people SET secret = CASE WHEN id % 2 = 0 THEN 's0' ELSE 't' || id END`;
const NAMES = ['a', 'b'] as const;
const RUNS = Number(process.env['INTERFERENCE_RUNS'] ?? 100);

let database: TestDatabase;
let server: Client;
let prepared: Prepared;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase(SCHEMA);
  const connected = await connectQuery(database);
  prepared = prepareCatalog(await loadCatalog(connected.query, 1));
  await connected.end();
  server = new Client(database);
  await server.connect();
}, 60_000);
afterAll(async () => {
  await server?.end();
  await database?.drop();
});

/** Every query has two text columns, a and b. */
const { select } = fc.letrec<{ select: string; from: string; expression: string; condition: string; simple: string }>(
  (tie) => ({
    simple: fc.constantFrom('x.a', 'x.b'),
    expression: fc.oneof(
      { maxDepth: 2 },
      tie('simple'),
      fc.constantFrom(`'k'`, `(SELECT max(secret) FROM people)`, `(SELECT body FROM notes ORDER BY id LIMIT 1)`),
      fc.tuple(tie('expression'), tie('expression')).map(([one, two]) => `(${one} || ${two})`),
      fc.tuple(tie('expression'), tie('simple')).map(([one, two]) => `coalesce(nullif(${one}, ${two}), 'none')`),
      fc.tuple(tie('condition'), tie('simple')).map(([test, then]) => `CASE WHEN ${test} THEN ${then} ELSE 'no' END`),
      tie('condition').map((test) => `(${test})::text`),
    ),
    condition: fc.oneof(
      { maxDepth: 2 },
      fc.tuple(tie('simple'), tie('simple')).map(([one, two]) => `${one} < ${two}`),
      fc.constantFrom(
        `x.a IN (SELECT secret FROM people)`,
        `EXISTS (SELECT 1 FROM people p WHERE p.secret > x.b)`,
        'true',
      ),
    ),
    from: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(
        '(SELECT name AS a, secret AS b FROM people) x',
        '(SELECT country AS a, name AS b FROM people) x',
        '(SELECT body AS a, p.secret AS b FROM notes n LEFT JOIN people p ON p.secret = n.body) x',
        '(SELECT name AS a, loud AS b FROM shown) x',
        '(SELECT p.name AS a, n.body AS b FROM people p JOIN notes n ON n.person = p.id) x',
        `(WITH RECURSIVE r(a, b, n) AS (SELECT name, secret, 1 FROM people UNION SELECT b, a, n + 1 FROM r WHERE n < 3) SELECT a, b FROM r) x`,
      ),
      tie('select').map((query) => `(${query}) x`),
    ),
    select: fc.oneof(
      { maxDepth: 3 },
      fc
        .tuple(
          tie('expression'),
          tie('expression'),
          tie('from'),
          fc.option(tie('condition')),
          fc.constantFrom('', ' ORDER BY 1, 2 LIMIT 3', ' ORDER BY 2, 1 OFFSET 1'),
          fc.constantFrom('', 'DISTINCT '),
        )
        .map(([a, b, from, where, tail, distinct]) => {
          return `SELECT ${distinct}${a} AS a, ${b} AS b FROM ${from}${where === null ? '' : ` WHERE ${where}`}${tail}`;
        }),
      fc
        .tuple(tie('simple'), tie('from'))
        .map(([key, from]) => `SELECT ${key} AS a, max(x.b) AS b FROM ${from} GROUP BY 1`),
      fc
        .tuple(tie('from'), tie('condition'))
        .map(
          ([from, having]) =>
            `SELECT count(*)::text AS a, string_agg(x.a, ',' ORDER BY x.b) AS b FROM ${from} WHERE ${having}`,
        ),
      fc
        .tuple(tie('from'), tie('simple'))
        .map(
          ([from, key]) => `SELECT x.a AS a, (row_number() OVER (ORDER BY ${key}, x.a, x.b))::text AS b FROM ${from}`,
        ),
      fc
        .tuple(tie('select'), tie('select'), fc.constantFrom('UNION ALL', 'EXCEPT', 'INTERSECT'))
        .map(([one, two, op]) => `(${one}) ${op} (${two})`),
      fc
        .tuple(tie('select'), tie('expression'))
        .map(([query, b]) => `WITH w AS (${query}) SELECT x.b AS a, ${b} AS b FROM w x`),
      fc
        .tuple(tie('from'), tie('select'))
        .map(
          ([from, query]) =>
            `SELECT x.a AS a, l.a AS b FROM ${from}, LATERAL (SELECT y.a FROM (${query}) y WHERE y.a >= x.b ORDER BY 1 LIMIT 1) l`,
        ),
    ),
  }),
);

/** Ways to fill a temporary table t(a, b). */
const filled = fc.constantFrom(
  (query: string) => [`CREATE TEMP TABLE t AS ${query}`],
  (query: string) => [`CREATE TEMP TABLE t (a text, b text)`, `INSERT INTO t (b, a) SELECT q.b, q.a FROM (${query}) q`],
  (query: string) => [
    `CREATE TEMP TABLE t AS SELECT name AS a, name AS b FROM people`,
    `UPDATE t SET b = q.b FROM (SELECT min(z.a) AS a, min(z.b) AS b FROM (${query}) z) q WHERE t.a > q.a`,
  ],
  (query: string) => [
    `CREATE TEMP TABLE t AS SELECT name AS a, name AS b FROM people`,
    `MERGE INTO t USING (SELECT DISTINCT ON (z.a) z.a, z.b FROM (${query}) z ORDER BY 1, 2) q ON t.a = q.a WHEN MATCHED THEN UPDATE SET b = q.b WHEN NOT MATCHED THEN INSERT VALUES (q.b, 'k')`,
  ],
  (query: string) => [
    `CREATE TEMP TABLE t AS SELECT q.b AS a, q.a AS b FROM (${query}) q`,
    `DELETE FROM t USING (${query}) q WHERE q.a = t.b`,
  ],
);

type Rows = readonly { readonly a: string | null; readonly b: string | null }[];

async function rowsWith(prelude: readonly string[], texts: readonly string[]): Promise<Rows> {
  await server.query('BEGIN');
  try {
    for (const text of [...prelude, ...texts.slice(0, -1)]) await server.query(text);
    return (await server.query<Rows[number]>(texts.at(-1) ?? '')).rows;
  } finally {
    await server.query('ROLLBACK');
  }
}

/** A column's values in an order of their own: which row has which is another column's business. */
const columnOf = (rows: Rows, name: 'a' | 'b'): string =>
  JSON.stringify(rows.map((row) => JSON.stringify(row[name])).sort((one, other) => (one < other ? -1 : 1)));

function lastFacts(texts: readonly string[]): StatementFacts {
  const namespace = { searchPath: ['public'], role: 'app', tempRelations: [], key: 'k' };
  const reading = analyseText(texts.join('; '), namespace, prepared, { maxNesting: 1000 });
  if (reading.kind === 'refused') throw new Error(`refused: ${reading.refusal.message}`);
  const last = reading.facts.statements.at(-1);
  if (last === undefined) throw new Error('no statement');
  return last;
}

const isSecret = (resource: StatementFacts['accesses'][number]['resource']): boolean =>
  resource.kind === 'column' && resource.table === 'people' && resource.column === 'secret';

function tells(facts: StatementFacts, name: 'a' | 'b'): boolean {
  const sources = facts.result?.find((column) => column.name === name)?.sources ?? [];
  return (
    sources.some(({ resource }) => isSecret(resource)) ||
    facts.accesses.some(({ resource, usage }) => usage === 'condition' && isSecret(resource))
  );
}

/** Columns that differ although nothing says that they come from the secret, or that are no copies as was said. */
function wrong(facts: StatementFacts, one: Rows, other: Rows): readonly string[] {
  return NAMES.filter((name) => {
    const sources = facts.result?.find((column) => column.name === name)?.sources ?? [];
    const [only] = sources;
    const isCopy = sources.length === 1 && only?.isCopy === true && isSecret(only.resource);
    const isOther = isCopy && one.some((row) => row[name] !== null && !/^s\d$/.test(row[name]));
    return isOther || (columnOf(one, name) !== columnOf(other, name) && !tells(facts, name));
  });
}

it('says of every column of a result where its values come from', { timeout: 120_000 }, async () => {
  let differing = 0;
  await fc.assert(
    fc.asyncProperty(select, async (query) => {
      const [one, other] = [await rowsWith([], [query]), await rowsWith([OTHER], [query])];
      differing += NAMES.filter((name) => columnOf(one, name) !== columnOf(other, name)).length;
      expect(wrong(lastFacts([query]), one, other)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
  expect(differing).toBeGreaterThan(RUNS / 10);
});

it('says of every column of a temporary table what went into it', { timeout: 120_000 }, async () => {
  let differing = 0;
  let free = 0;
  await fc.assert(
    fc.asyncProperty(select, filled, fc.constantFrom(...NAMES), async (query, fill, name) => {
      const texts = [...fill(query), `SELECT ${name} FROM t`];
      const [one, other] = [await rowsWith([], texts), await rowsWith([OTHER], texts)];
      const isCharged = lastFacts(texts).accesses.some(({ resource }) => isSecret(resource));
      const differs = columnOf(one, name) !== columnOf(other, name);
      if (!isCharged) free += 1;
      if (differs) differing += 1;
      expect(differs && !isCharged).toBe(false);
    }),
    { numRuns: RUNS },
  );
  expect(differing).toBeGreaterThan(RUNS / 20);
  expect(free).toBeGreaterThan(0);
});
