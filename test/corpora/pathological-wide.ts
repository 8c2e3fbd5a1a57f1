import type { Pathological } from './pathological.ts';
import { VIEW_LEVELS, WIDE_COLUMNS } from './pathological-schema.ts';

const times = (count: number, each: (at: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, at) => each(at));
const commas = (count: number, each: (at: number) => string): string => times(count, each).join(',');

/** Flat in its tree, but wide: many names, many items, many combinations. */
export const WIDE: readonly Pathological[] = [
  { name: '10,000 IN items', text: () => `SELECT 1 FROM j0 WHERE k IN (${commas(10_000, String)})` },
  { name: '150,000 IN items', text: () => `SELECT 1 FROM j0 WHERE k IN (${commas(150_000, String)})` },
  { name: '100,000 VALUES rows', text: () => `INSERT INTO j0 (k) VALUES ${commas(100_000, (at) => `(${at % 10})`)}` },
  { name: '5,000 columns', text: () => `SELECT ${commas(5000, (at) => `c${at % WIDE_COLUMNS}`)} FROM wide` },
  { name: '1,600 columns by star', text: () => 'SELECT * FROM wide' },
  { name: '16,000 columns by stars', text: () => `SELECT ${commas(10, () => '*')} FROM wide` },
  { name: '200 wide tables by star', text: () => `SELECT * FROM ${commas(200, (at) => `wide w${at}`)}` },
  { name: '20,000 whole rows', text: () => `SELECT ${commas(20_000, () => 'w')} FROM wide w` },
  { name: 'whole rows, compared', text: () => `SELECT 1 FROM wide w WHERE ${times(900, () => 'w = w').join(' AND ')}` },
  { name: '20,000 stars', text: () => `SELECT ${commas(20_000, () => 'w.*')} FROM wide w` },
  { name: '200 tables in a row', text: () => `SELECT * FROM ${commas(200, (at) => `j${at}`)}` },
  { name: '200 JOIN ON', text: () => chain((at) => `JOIN j${at} ON j${at}.k = j0.k`) },
  { name: '200 JOIN USING', text: () => chain((at) => `JOIN j${at} USING (k)`) },
  { name: '200 NATURAL JOIN', text: () => chain((at) => `NATURAL JOIN j${at}`) },
  { name: '200 NATURAL FULL JOIN', text: () => chain((at) => `NATURAL FULL JOIN j${at}`) },
  { name: '900 NATURAL JOIN of a wide table', text: () => `SELECT * FROM wide w ${naturalSelf(900)}` },
  {
    name: '200 NATURAL JOIN, 1,000 times each column',
    text: () => `${chain((at) => `NATURAL JOIN j${at}`)} ORDER BY ${commas(1000, () => 'k')}`,
  },
  { name: 'views of views, 2^n', text: () => `SELECT * FROM v${VIEW_LEVELS}` },
  { name: 'views of views, 2^n columns', text: () => `SELECT * FROM f${VIEW_LEVELS}` },
  { name: 'views that read one another', text: () => 'SELECT * FROM cycle_a' },
  {
    name: 'CTEs used twice each',
    text: () => `WITH c0 AS (SELECT k FROM j0), ${commas(200, doubled)} SELECT k FROM c200`,
  },
  {
    name: 'CTEs with all columns twice',
    text: () => `WITH c0 AS (SELECT k FROM j0), ${commas(24, squared)} SELECT * FROM c24`,
  },
  { name: 'sub-selects with all columns twice', text: () => doubledStar(13) },
  {
    name: 'CTEs, 5,000 in a row',
    text: () => `WITH c0 AS (SELECT k FROM j0), ${commas(5000, follows)} SELECT k FROM c5000`,
  },
  { name: 'recursive CTEs', text: () => `WITH RECURSIVE ${commas(300, recursive)} SELECT * FROM r299` },
  { name: 'CUBE of 12 columns', text: () => `SELECT 1 FROM wide GROUP BY CUBE (${commas(12, (at) => `c${at}`)})` },
  {
    name: 'CUBE, 100 times',
    text: () => `SELECT 1 FROM wide GROUP BY ${commas(100, (at) => `CUBE (c${at}, c${at + 1})`)}`,
  },
  {
    name: 'GROUPING SETS, 20,000',
    text: () => `SELECT 1 FROM wide GROUP BY GROUPING SETS (${commas(20_000, (at) => `(c${at % WIDE_COLUMNS})`)})`,
  },
  { name: '20,000 ORDER BY numbers', text: () => `SELECT k FROM j0 ORDER BY ${commas(20_000, () => '1')}` },
  { name: '20,000 statements', text: () => times(20_000, () => 'SELECT k FROM j0').join(';') },
  { name: '500,000 empty statements', text: () => ';'.repeat(500_000) },
  { name: '10,000 statements on a wide table', text: () => times(10_000, () => 'SELECT * FROM wide').join(';') },
  { name: '5,000 SET', text: () => times(5000, (at) => `SET search_path = s${at}, public`).join(';') },
  { name: '5,000 PREPARE', text: () => times(5000, (at) => `PREPARE p${at} AS SELECT k FROM j0`).join(';') },
  { name: '5,000 temporary tables', text: () => times(5000, (at) => `CREATE TEMP TABLE t${at} (a int)`).join(';') },
  {
    name: 'a temporary table, written 3,000 times',
    text: () => `CREATE TEMP TABLE t (a int);${times(3000, () => 'INSERT INTO t SELECT c1 FROM wide').join(';')}`,
  },
  { name: '200 windows', text: () => `SELECT 1 FROM j0 WINDOW ${commas(5000, (at) => `w${at} AS (PARTITION BY k)`)}` },
  { name: '10,000 aliases of one function', text: () => `SELECT ${commas(10_000, (at) => `lower('x') AS a${at}`)}` },
  { name: '10,000 functions that do not exist', text: () => `SELECT ${commas(10_000, (at) => `nothing${at}()`)}` },
  { name: '5,000 functions with 50 overloads', text: () => `SELECT ${commas(5000, (at) => `many(${at}, $1)`)}` },
  { name: '10,000 parameters', text: () => `SELECT 1 FROM j0 WHERE k IN (${commas(10_000, (at) => `$${at + 1}`)})` },
  { name: 'UPDATE of 1,600 columns', text: () => `UPDATE wide SET ${commas(WIDE_COLUMNS, (at) => `c${at} = c${at}`)}` },
  {
    name: 'MERGE with 5,000 branches',
    text: () =>
      `MERGE INTO j0 USING j1 ON j0.k = j1.k ${times(5000, () => 'WHEN MATCHED AND j1.k = 1 THEN UPDATE SET k = j1.k').join(' ')}`,
  },
  { name: 'AND of 100,000', text: () => `SELECT 1 FROM j0 WHERE ${times(100_000, () => 'true').join(' AND ')}` },
  {
    name: 'OR of 40,000 comparisons',
    text: () => `SELECT 1 FROM j0 WHERE ${times(40_000, () => 'k = 1').join(' OR ')}`,
  },
  { name: 'COPY of 1,600 columns', text: () => `COPY wide (${commas(WIDE_COLUMNS, (at) => `c${at}`)}) TO STDOUT` },
  {
    name: 'CREATE TABLE of 1,600 columns',
    text: () => `CREATE TABLE w2 (${commas(WIDE_COLUMNS, (at) => `c${at} int`)})`,
  },
  { name: 'TRUNCATE of 20,000 tables', text: () => `TRUNCATE ${commas(20_000, (at) => `j${at % 200}`)}` },
  { name: 'DROP of 20,000 tables', text: () => `DROP TABLE IF EXISTS ${commas(20_000, (at) => `nothing${at}`)}` },
  { name: 'GRANT to 20,000 roles', text: () => `GRANT SELECT ON j0 TO ${commas(20_000, (at) => `r${at}`)}` },
  { name: 'lateral chain', text: () => `SELECT * FROM j0 a0${times(199, lateral).join('')}` },
  {
    name: 'XMLTABLE of 5,000 columns',
    text: () => `SELECT 1 FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS ${commas(5000, (at) => `c${at} text`)})`,
  },
];

function chain(join: (at: number) => string): string {
  return `SELECT * FROM j0 ${times(199, (at) => join(at + 1)).join(' ')}`;
}

function naturalSelf(count: number): string {
  return times(count, (at) => `NATURAL JOIN wide w${at}`).join(' ');
}

function doubled(at: number): string {
  return `c${at + 1} AS (SELECT a.k FROM c${at} a JOIN c${at} b USING (k))`;
}

function squared(at: number): string {
  return `c${at + 1} AS (SELECT * FROM c${at} a, c${at} b)`;
}

function follows(at: number): string {
  return `c${at + 1} AS (SELECT k FROM c${at})`;
}

function recursive(at: number): string {
  return `r${at} (k) AS (SELECT k FROM ${at === 0 ? 'j0' : `r${at - 1}`} UNION ALL SELECT k + 1 FROM r${at} WHERE k < 3)`;
}

function lateral(at: number): string {
  return `, LATERAL (SELECT a${at}.k) a${at + 1}`;
}

/** `SELECT * FROM (SELECT * FROM (...) a, (...) b)`: the text doubles as well, so that it stays small. */
function doubledStar(levels: number): string {
  return levels === 0
    ? 'SELECT k FROM j0'
    : `SELECT * FROM (${doubledStar(levels - 1)}) a, (${doubledStar(levels - 1)}) b`;
}
