import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkNesting, checkText, DEFAULT_LIMITS } from '../../../../policy/access/limits.ts';
import { estimateNesting } from '../../../../policy/access/nesting.ts';
import { textOffsets } from '../../../../policy/access/text-offsets.ts';
import { refusalOf } from '../statements/reading.ts';

const times = (count: number, part: string): string => part.repeat(count);

describe('offsets', () => {
  it('byte offsets become UTF-16 offsets, whatever characters stand before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
        const { toSpan, toPosition } = textOffsets(`${before}x${after}`);
        const { start } = toSpan(Buffer.byteLength(before), 0);
        expect(start).toBe(before.length);
        expect(toPosition(start)).toBe(Array.from(before).length + 1);
      }),
    );
  });

  it('a place without a length is the token there, a dotted name being one', () => {
    const text = `SELECT "ü b".c, 'it''s', x`;
    const { toSpan } = textOffsets(text);
    const at = (part: string): string => {
      const { start, end } = toSpan(Buffer.byteLength(text.slice(0, text.indexOf(part))));
      return text.slice(start, end);
    };
    expect(['"ü b".c', "'it''s'", 'x'].map(at)).toEqual(['"ü b".c', "'it''s'", 'x']);
  });

  it('an unknown place is the empty span', () => {
    expect(textOffsets('SELECT').toSpan(-1)).toEqual({ start: 0, end: 0 });
  });
});

describe('syntax errors', () => {
  it.each([
    ["select 'é€😀', frm t t t", 'syntax error at or near "t"', 21],
    ["select 'abc", 'unterminated quoted string at or near "\'abc"', 8],
    ['x', 'syntax error at or near "x"', 1],
    ['select 1; selec 2', 'syntax error at or near "selec"', 11],
  ])("%s carries PostgreSQL's own message and position", (text, message, position) => {
    expect(refusalOf(text)).toEqual({ cause: 'syntax', sqlstate: '42601', message, position });
  });
});

describe('text limits', () => {
  it('refuses NUL and lone surrogates, which PostgreSQL and the parser read differently', () => {
    expect(checkText('SELECT 1\0; DROP TABLE x', DEFAULT_LIMITS)).toMatchObject({ sqlstate: '22021' });
    expect(checkText("SELECT '\ud800'", DEFAULT_LIMITS)).toMatchObject({ sqlstate: '22021' });
    expect(checkText("SELECT '😀'", DEFAULT_LIMITS)).toBeUndefined();
  });

  it('counts bytes, not characters', () => {
    const limits = { ...DEFAULT_LIMITS, maxStatementBytes: 6 };
    expect(checkText('€€', limits)).toBeUndefined();
    expect(checkText('€€€', limits)).toMatchObject({ sqlstate: '54000' });
  });
});

describe('nesting', () => {
  it.each([
    ['operators in a row', `SELECT ${times(5000, '1+')}1`],
    ['signs without blanks', `SELECT ${times(2500, '+')}1`],
    ['brackets', `SELECT ${times(2000, '(')}1${times(2000, ')')}`],
    ['sub-selects', `SELECT ${times(2000, '(SELECT ')}1${times(2000, ')')}`],
    ['CASE', `SELECT ${times(2000, 'CASE WHEN a THEN ')}1${times(2000, ' END')}`],
    ['casts', `SELECT 1${times(2000, '::int')}`],
    ['NOT', `SELECT ${times(2000, 'NOT ')}true`],
    ['joins', `SELECT * FROM a${times(2000, ' JOIN b ON true')}`],
    ['unions', `SELECT 1${times(2000, ' UNION ALL SELECT 1')}`],
    [
      'operators inside brackets inside operators',
      times(60, `(${times(20, '1+')}`) + '1' + times(60, `)${times(20, '+1')}`),
    ],
    ['brackets after a comment that is not over', `SELECT /* /* */ ' */ ${times(2000, '(')}`],
    ['brackets after a dollar quote', `SELECT $a$ ( $$ $a$, ${times(2000, '(')}`],
  ])('refuses too many %s', (_what, text) => {
    expect(checkNesting(text, DEFAULT_LIMITS)).toMatchObject({ cause: 'limit', sqlstate: '54000' });
  });

  it.each([
    ['IN lists', `SELECT 1 WHERE a IN (${times(10_000, '1,')}1)`],
    ['VALUES', `INSERT INTO t VALUES ${times(10_000, "(1, 'a+b', -2.5),")}(1, '', 2)`],
    ['conditions of an ORM', `SELECT 1 WHERE ${times(5000, '(a = 1 AND b = -2) OR ')}c`],
    ['statements', times(5000, 'SELECT 1 + 1; ')],
    [
      'brackets inside strings, names and comments',
      `SELECT '${times(5000, '(')}', "${times(5000, '(')}" -- ${times(5000, '(')}`,
    ],
    ['brackets inside dollar quotes', `SELECT $x$${times(5000, '(')}$x$`],
    ['columns', `SELECT ${times(1500, 'a || b, ')}c`],
  ])('has no limit for %s', (_what, text) => {
    expect(checkNesting(text, DEFAULT_LIMITS)).toBeUndefined();
  });

  it('never finds less than the depth of brackets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 50 }), (depth, operators) => {
        const text = `SELECT ${times(depth, '(')}1${times(operators, ' + 1')}${times(depth, ')')}`;
        expect(estimateNesting(text)).toBeGreaterThanOrEqual(depth + operators);
      }),
    );
  });
});
