import type { Pathological } from './pathological.ts';

const MEGABYTE = 1_000_000;
const HALF = 500_000;

/** For scanners: ours (nesting, redaction, spans, excerpts), the grammar's, the second reader's. */
export const ADVERSARIAL_LEXING: readonly Pathological[] = [
  ...literals(),
  ...unterminated(),
  { name: '1 MB of blanks', text: () => `SELECT${' '.repeat(MEGABYTE)}1` },
  { name: '1 MB of line feeds', text: () => `SELECT${'\n'.repeat(MEGABYTE)}1` },
  { name: '1 MB of carriage returns', text: () => `SELECT${'\r'.repeat(MEGABYTE)}1` },
  { name: '1 MB of one comment', text: () => `/*${'x'.repeat(MEGABYTE)}*/SELECT 1` },
  { name: '250,000 comments', text: () => `${'/**/'.repeat(250_000)}SELECT 1` },
  { name: '250,000 line comments', text: () => `${'--\n'.repeat(250_000)}SELECT 1` },
  { name: 'comments, 200,000 deep', text: () => `${'/*'.repeat(200_000)}${'*/'.repeat(200_000)}SELECT 1` },
  { name: 'slashes and stars', text: () => `SELECT 1 /*${'/*'.repeat(HALF / 2)}` },
  { name: 'a name of 1 MB', text: () => `SELECT 1 AS ${'x'.repeat(MEGABYTE)}` },
  { name: 'a quoted name of 1 MB', text: () => `SELECT 1 AS "${'x'.repeat(MEGABYTE)}"` },
  { name: 'a quoted name of quotes', text: () => `SELECT 1 AS "${'""'.repeat(HALF - 100)}"` },
  { name: 'a table that does not exist, 1 MB', text: () => `SELECT 1 FROM "${'é'.repeat(HALF - 100)}"` },
  { name: 'a number of 1 MB', text: () => `SELECT ${'1'.repeat(MEGABYTE)}` },
  { name: 'a number with 500,000 underscores', text: () => `SELECT ${'1_'.repeat(HALF - 100)}1` },
  { name: 'a number of points', text: () => `SELECT ${'1.'.repeat(HALF - 100)}1` },
  { name: 'a parameter of 1 MB', text: () => `SELECT $${'1'.repeat(MEGABYTE)}` },
  { name: 'an operator of 1 MB', text: () => `SELECT 1 ${'<'.repeat(MEGABYTE)} 1` },
  { name: 'one character, then a syntax error, 1 MB', text: () => `SELECT ${'é'.repeat(HALF - 100)} FROM` },
  { name: '330,000 string continuations', text: () => `SELECT ${"''\n".repeat(330_000)}` },
  { name: 'continuations of line comments', text: () => `SELECT 'a'${'--\n'.repeat(330_000)}'b'` },
  { name: 'continuations that never come', text: () => `SELECT 'a'${'\n--'.repeat(330_000)}` },
  { name: 'blanks behind a string, again and again', text: () => `SELECT ${`'a'${' '.repeat(1000)}`.repeat(900)}` },
  {
    name: 'strings with blanks and comments between',
    text: () => `SELECT ${`'a'${' --'.repeat(300)}\n `.repeat(1000)}`,
  },
  { name: 'names with dots and blanks', text: () => `SELECT ${`a${' . '.repeat(1)}b, `.repeat(100_000)}1` },
  { name: 'a dotted name of 100,000 parts', text: () => `SELECT ${'a.'.repeat(100_000)}b FROM j0` },
  { name: 'blanks around dots', text: () => `SELECT ${`a${' '.repeat(500)}.${' '.repeat(500)}`.repeat(900)}b FROM j0` },
  { name: 'names, each behind 1,000 blanks', text: () => `SELECT ${`k${' '.repeat(1000)},`.repeat(900)}k FROM j0` },
  { name: '100,000 references in non-ASCII', text: () => `SELECT ${"k,'é',".repeat(100_000)}k FROM j0` },
  { name: '100,000 references, each a span', text: () => `SELECT ${'k,'.repeat(100_000)}k FROM j0` },
  { name: 'dollars', text: () => `SELECT ${'$'.repeat(MEGABYTE)}` },
  { name: 'dollar tags, each another', text: () => `SELECT ${distinctTags(60_000)}` },
  { name: 'dollar quotes inside dollar quotes', text: () => nestedDollars(40_000) },
  { name: 'PASSWORD, 100,000 times', text: () => `SELECT ${"password 'x' ".repeat(70_000)}` },
  { name: 'PASSWORD in an error', text: () => `ALTER ROLE a PASSWORD '${'x'.repeat(MEGABYTE)}' ?` },
  { name: 'quotes in a syntax error', text: () => `SELECT "${'""'.repeat(HALF - 100)}" "x" "y" z` },
  { name: 'a byte order mark, 300,000 times', text: () => `SELECT '${'\uFEFF'.repeat(300_000)}'` },
  { name: 'combining characters', text: () => `SELECT 'e${'\u0301'.repeat(400_000)}'` },
  { name: 'astral characters', text: () => `SELECT '${'\u{1F600}'.repeat(250_000)}', k FROM j0` },
  { name: 'astral names', text: () => `SELECT 1 AS "${'\u{1F600}'.repeat(250_000)}"` },
  { name: 'a DO block of 1 MB', text: () => `DO $$ BEGIN ${'PERFORM 1; '.repeat(80_000)} END $$` },
  {
    name: 'a function body of 1 MB',
    text: () => `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ ${'SELECT 1; '.repeat(90_000)} $$`,
  },
  {
    name: 'BEGIN ATOMIC of 50,000 statements',
    text: () => `CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC ${'SELECT 1; '.repeat(50_000)} END`,
  },
  {
    name: 'a search_path of 100,000 schemas',
    text: () => `SET search_path = ${Array.from({ length: 100_000 }, (_, at) => `s${at}`).join(',')}`,
  },
  {
    name: 'set_config with a path of 1 MB',
    text: () => `SELECT set_config('search_path', '${'"a",'.repeat(200_000)}b', false)`,
  },
  { name: 'a channel of 1 MB', text: () => `NOTIFY a, '${'x'.repeat(MEGABYTE)}'` },
  { name: 'keywords', text: () => `SELECT ${'SELECT '.repeat(140_000)}` },
  { name: 'commas', text: () => `SELECT ${','.repeat(MEGABYTE)}` },
  { name: 'closing brackets', text: () => `SELECT ${')'.repeat(MEGABYTE)}` },
  { name: 'ENDs', text: () => `SELECT ${'END '.repeat(240_000)}` },
  { name: 'CASEs', text: () => `SELECT ${'CASE '.repeat(200_000)}` },
  { name: 'backslashes', text: () => `SELECT E'${'\\\\'.repeat(HALF - 100)}'` },
  { name: 'at signs', text: () => `SELECT ${'@ '.repeat(450)}1` },
];

function literals(): readonly Pathological[] {
  return [
    { name: 'a string of 1 MB', text: () => `SELECT '${'x'.repeat(MEGABYTE)}'` },
    { name: 'a string of quotes', text: () => `SELECT '${"''".repeat(HALF - 100)}'` },
    { name: 'a dollar string of 1 MB', text: () => `SELECT $x$${'$'.repeat(MEGABYTE)}$x$` },
    { name: "E'' of escapes, 1 MB", text: () => `SELECT E'${'\\n'.repeat(HALF - 100)}'` },
    { name: "E'' of unicode escapes, 1 MB", text: () => `SELECT E'${'\\u00e9'.repeat(170_000)}'` },
    { name: "E'' of surrogate escapes", text: () => `SELECT E'${'\\ud83d\\ude00'.repeat(80_000)}'` },
    { name: "U&'' of 1 MB", text: () => `SELECT U&'${'\\00e9'.repeat(200_000)}'` },
    { name: 'U&"" of 1 MB', text: () => `SELECT 1 AS U&"${'\\00e9'.repeat(200_000)}"` },
    { name: 'a bit string of 1 MB', text: () => `SELECT B'${'1'.repeat(MEGABYTE)}'` },
    { name: 'a hexadecimal string of 1 MB', text: () => `SELECT X'${'f'.repeat(MEGABYTE)}'` },
    { name: '200,000 strings', text: () => `SELECT 1 WHERE 'a' IN (${"'a',".repeat(200_000)}'a')` },
  ];
}

function unterminated(): readonly Pathological[] {
  const starts = ["'", '"', "E'", "U&'", 'U&"', "B'", "X'", "N'", '$x$', '/*', '(', '[', 'CASE '];
  return starts.map((start) => ({
    name: `${start.trim()} that never ends, 1 MB`,
    text: () => `SELECT ${start}${'x '.repeat(HALF - 100)}`,
  }));
}

function distinctTags(count: number): string {
  return Array.from({ length: count }, (_, at) => `$t${at}$`).join(' ');
}

function nestedDollars(count: number): string {
  const tags = Array.from({ length: count }, (_, at) => `$t${at}$`);
  return `SELECT ${tags.join('')}${tags.toReversed().join('')}`;
}
