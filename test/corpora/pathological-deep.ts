import type { Pathological } from './pathological.ts';

type Shape = readonly [name: string, at: (depth: number) => string];

/** What nests, by what it nests with. Each is tried at a depth that is allowed and at one that never can be. */
const SHAPES: readonly Shape[] = [
  ['parentheses', (n) => `SELECT ${'('.repeat(n)}1${')'.repeat(n)}`],
  ['scalar sub-selects', (n) => `SELECT ${'(SELECT '.repeat(n)}1${')'.repeat(n)}`],
  ['sub-selects in FROM', (n) => `SELECT * FROM ${'(SELECT * FROM '.repeat(n)}j0${') x'.repeat(n)}`],
  ['EXISTS', (n) => `SELECT 1 WHERE ${'EXISTS (SELECT 1 WHERE '.repeat(n)}true${')'.repeat(n)}`],
  ['CASE', (n) => `SELECT ${'CASE WHEN true THEN '.repeat(n)}1${' END'.repeat(n)}`],
  ['CASE in its condition', (n) => `SELECT ${'CASE WHEN '.repeat(n)}true${' THEN true END'.repeat(n)}`],
  ['arrays', (n) => `SELECT ${'ARRAY['.repeat(n)}1${']'.repeat(n)}`],
  ['rows', (n) => `SELECT ${'ROW('.repeat(n)}1${')'.repeat(n)}`],
  ['casts behind', (n) => `SELECT 1${'::text'.repeat(n)}`],
  ['CAST', (n) => `SELECT ${'CAST('.repeat(n)}1${' AS text)'.repeat(n)}`],
  ['subscripts', (n) => `SELECT (ARRAY[1])${'[1]'.repeat(n)}`],
  ['fields', (n) => `SELECT j0${'.k'.repeat(n)} FROM j0`],
  ['fields of an expression', (n) => `SELECT (j0)${'.k'.repeat(n)} FROM j0`],
  ['JSON constructors', (n) => `SELECT ${"json_object('a' VALUE ".repeat(n)}1${')'.repeat(n)}`],
  ['JSON arrays', (n) => `SELECT ${'json_array('.repeat(n)}1${')'.repeat(n)}`],
  ['XML elements', (n) => `SELECT ${'xmlelement(name a, '.repeat(n)}'x'${')'.repeat(n)}`],
  ['function calls', (n) => `SELECT ${'lower('.repeat(n)}'x'${')'.repeat(n)}`],
  ['COALESCE', (n) => `SELECT ${'coalesce('.repeat(n)}1${')'.repeat(n)}`],
  ['sums', (n) => `SELECT ${'1+'.repeat(n)}1`],
  ['concatenations', (n) => `SELECT ${"'a'||".repeat(n)}'a'`],
  ['powers to the right', (n) => `SELECT ${'2^('.repeat(n)}1${')'.repeat(n)}`],
  ['NOT', (n) => `SELECT ${'NOT '.repeat(n)}true`],
  ['unary minus', (n) => `SELECT ${'- '.repeat(n)}1`],
  ['IS NULL', (n) => `SELECT 1${' IS NULL'.repeat(n)}`],
  ['COLLATE', (n) => `SELECT 'a'${' COLLATE "C"'.repeat(n)}`],
  ['AT TIME ZONE', (n) => `SELECT now()${" AT TIME ZONE 'UTC'".repeat(n)}`],
  ['BETWEEN', (n) => `SELECT 1${' BETWEEN 1 AND 1'.repeat(n)}`],
  ['IN', (n) => `SELECT ${'1 IN ('.repeat(n)}1${')'.repeat(n)}`],
  ['AND and OR in turn', (n) => `SELECT ${'true AND (false OR '.repeat(n)}true${')'.repeat(n)}`],
  ['UNION to the left', (n) => `SELECT 1${' UNION SELECT 1'.repeat(n)}`],
  ['UNION to the right', (n) => `${'SELECT 1 UNION ('.repeat(n)}SELECT 1${')'.repeat(n)}`],
  ['parenthesised queries', (n) => `${'('.repeat(n)}SELECT 1${')'.repeat(n)}`],
  ['parenthesised joins', (n) => `SELECT 1 FROM ${'('.repeat(n)}j0${' CROSS JOIN j1)'.repeat(n)}`],
  ['WITH inside WITH', (n) => `${'WITH a AS ('.repeat(n)}SELECT 1${') SELECT * FROM a'.repeat(n)}`],
  ['EXPLAIN', (n) => `${'EXPLAIN '.repeat(n)}SELECT 1`],
  ['CREATE SCHEMA elements', (n) => 'CREATE SCHEMA s '.repeat(n)],
  ['VALUES in VALUES', (n) => `VALUES ${'((VALUES '.repeat(n)}(1)${'))'.repeat(n)}`],
  ['window inside window', (n) => `SELECT ${'sum('.repeat(n)}1${') OVER ()'.repeat(n)}`],
  ['FILTER', (n) => `SELECT ${'count(*) FILTER (WHERE '.repeat(n)}true${')'.repeat(n)}`],
  ['GROUPING SETS', (n) => `SELECT 1 FROM j0 GROUP BY ${'GROUPING SETS ('.repeat(n)}k${')'.repeat(n)}`],
  ['typmods', (n) => `SELECT 1::${'numeric('.repeat(n)}1${')'.repeat(n)}`],
  ['array bounds of a type', (n) => `SELECT NULL::int${'[]'.repeat(n)}`],
  ['partition bounds', (n) => `CREATE TABLE p (a int) PARTITION BY RANGE (${'('.repeat(n)}a${')'.repeat(n)})`],
  ['operators of one long token', (n) => `SELECT 1 ${'+'.repeat(n)} 1`],
  ['quantified comparisons', (n) => `SELECT ${'1 = ANY (ARRAY['.repeat(n)}1${'])'.repeat(n)}`],
];

/** Below the default limit of 1,000 for all of them, and so many that no stack has room for them. */
const ALLOWED = 450;
const HOPELESS = 40_000;
const MAX_TEXT = 1024 * 1024;

export const DEEP: readonly Pathological[] = SHAPES.flatMap(([name, at]) => [
  { name: `${name}, ${ALLOWED} deep`, text: () => at(ALLOWED) },
  { name: `${name}, as deep as fits`, text: () => at(Math.min(HOPELESS, fitting(at))) },
]);

function fitting(at: (depth: number) => string): number {
  const each = at(2).length - at(1).length;
  return Math.floor((MAX_TEXT - at(1).length) / each);
}
