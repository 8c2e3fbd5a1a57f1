import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lines } from './world.ts';

/**
 * Ways to carry a value out of a query that change its dress and not its content. Whatever they are combined to, the column
 * behind it is read for the output: the analysis must not lose it.
 */
const EXPRESSIONS: readonly ((inner: string) => string)[] = [
  (x) => `lower(${x})`,
  (x) => `(${x} || 'a')`,
  (x) => `CASE WHEN ${x} = 'a' THEN 'b' ELSE 'c' END`,
  (x) => `coalesce(NULL, ${x})`,
  (x) => `(SELECT ${x})`,
  (x) => `(SELECT z FROM LATERAL (SELECT ${x} AS z) q)`,
  (x) => `(ROW(1, ${x})).f2`,
  (x) => `(ARRAY[${x}])[1]`,
  (x) => `nullif(${x}, 'a')`,
  (x) => `max(${x}) OVER ()`,
  (x) => `CAST(${x} AS text)`,
  (x) => `(WITH w(z) AS (SELECT ${x}) SELECT z FROM w)`,
  (x) => `greatest('a', ${x})`,
  (x) => `(${x}) COLLATE "C"`,
];

const QUERIES: readonly ((query: string) => string)[] = [
  (q) => `SELECT v FROM (${q}) s`,
  (q) => `SELECT s.v FROM (${q}) AS s`,
  (q) => `WITH w AS (${q}) SELECT v FROM w`,
  (q) => `WITH w(v) AS MATERIALIZED (${q}) TABLE w`,
  (q) => `SELECT x AS v FROM (${q}) s(x)`,
  (q) => `SELECT v FROM (${q}) s UNION ALL SELECT 'a'`,
  (q) => `SELECT s.* FROM (${q}) s CROSS JOIN settings`,
  (q) => `SELECT (s).v FROM (${q}) s`,
  (q) => `SELECT j.v FROM ((${q}) s CROSS JOIN orders) AS j(v)`,
  (q) => `SELECT lower(s.v) AS v FROM orders o LEFT JOIN LATERAL (${q}) s ON true`,
  (q) => `SELECT u.v FROM (${q}) s, unnest(ARRAY[s.v]) AS u(v)`,
  (q) =>
    `WITH RECURSIVE r(v, n) AS (SELECT v, 1 FROM (${q}) s UNION ALL SELECT v, n + 1 FROM r WHERE n < 2) SELECT v FROM r`,
  (q) => `SELECT l.v FROM (${q}) s, LATERAL (VALUES (s.v)) l(v)`,
  (q) => `SELECT v FROM (${q}) s ORDER BY 1 LIMIT 1`,
  (q) => `SELECT (SELECT s.v) AS v FROM (${q}) s`,
];

const dressed = fc
  .tuple(
    fc.array(fc.constantFrom(...EXPRESSIONS), { maxLength: 3 }),
    fc.array(fc.constantFrom(...QUERIES), { maxLength: 4 }),
  )
  .map(([expressions, queries]) => {
    const value = expressions.reduce((inner, wrap) => wrap(inner), 'c.ssn');
    return queries.reduce((inner, wrap) => wrap(inner), `SELECT ${value} AS v FROM customers c`);
  });

it('a value is followed through whatever it is dressed in', () => {
  fc.assert(
    fc.property(dressed, (sql) => {
      expect(lines(sql)).toContain('select public.customers.ssn output');
    }),
    { numRuns: 150, seed: 20_241_124 },
  );
});

it('a value that stays in a sub-select does not count as output', () => {
  fc.assert(
    fc.property(dressed, (sql) => {
      const found = lines(`SELECT 1 FROM (${sql}) outermost`);
      expect(found).toContain('select public.customers.ssn condition');
      expect(found).not.toContain('select public.customers.ssn output');
    }),
    { numRuns: 100, seed: 20_241_124 },
  );
});
