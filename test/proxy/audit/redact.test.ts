import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactMessage, redactStatement } from '../../../proxy/audit/redact.ts';
import { factsFor } from './entries.ts';

const redact = (text: string) => redactStatement(text, undefined, 'redact').text;

describe('literals of a stored statement', () => {
  it.each([
    ["select * from t where name = 'O''Brien' and id = 42", "select * from t where name = '…' and id = …"],
    [String.raw`select E'it\'s' , 'a\' , x`, "select '…' , '…' , x"],
    ["select $tag$ a $$ 'b' $tag$, $$c$$", "select '…', '…'"],
    ['select a$b$c, $1, t1.x2 from t1', 'select a$b$c, $1, t1.x2 from t1'],
    ['select 1.5e-10, .5, 0xFF, 1_000, 5.', 'select …, …, …, …, …'],
    ["select B'101', X'1F', U&'\\0041', N'x'", "select '…', '…', '…', '…'"],
    ["select 'a'\n  'secret' from t", "select '…' from t"],
    ["select E'a' -- c'\n 'it\\'s' from t", "select '…' from t"],
    ['select "it\'s 4111", U&"d\\0061" from t', 'select "it\'s 4111", U&"d\\0061" from t'],
    ['select 1 -- ssn 123-45-6789\n, 2', 'select … /* … */\n, …'],
    ['select /* a /* nested */ 4111 */ 3', 'select /* … */ …'],
    ['select 1-1, a-2', 'select …-…, a-…'],
    ['select x[1:2], 1..3', 'select x[…:…], ….…'],
  ])('%j is stored as %j', (text, stored) => {
    expect(redact(text)).toBe(stored);
  });

  it.each([
    ["select 'abc", 'an unterminated string'],
    ['select "abc', 'an unterminated name'],
    ['select /* a', 'an unterminated comment'],
    ['select $x$ abc $y$', 'an unterminated dollar string'],
    [String.raw`select E'abc\'`, 'an unterminated E string'],
  ])('%j leaves nothing: %s', (text) => {
    expect(redact(text)).toBe(`[${text.length} characters, redacted]`);
  });

  it('lets no string through, whatever is in it and around it', () => {
    const quoted = string({ unit: 'grapheme' }).map((value) => `'s3cr3t${value.replaceAll("'", "''")}'`);
    const noise = constantFrom('a', '"q"', ' ', '\n', '(', '1', '$1', '$$x$$', '--c\n', '/*c*/', '=');
    assert(
      property(array(oneof(noise, quoted), { maxLength: 12 }), (parts) => {
        expect(redact(parts.join(' '))).not.toContain('s3cr3t');
      }),
      { numRuns: 500 },
    );
  });

  it('moves the spans of the facts with the text', () => {
    const text = "select 'x', ssn from customers";
    const stored = redactStatement(text, factsFor(text, 'customers', 'ssn'), 'redact');
    const span = stored.facts?.statements[0]?.accesses[0]?.spans[0];
    expect(stored.text.slice(span?.start, span?.end)).toBe('ssn');
    const longer = "select 'a long string', 1234567, ssn from customers";
    const other = redactStatement(longer, factsFor(longer, 'customers', 'ssn'), 'redact');
    const moved = other.facts?.statements[0]?.accesses[0]?.spans[0];
    expect(other.text.slice(moved?.start, moved?.end)).toBe('ssn');
  });

  it('drops the spans where the whole text is redacted', () => {
    const text = "select ssn from customers where 'x";
    const stored = redactStatement(text, factsFor(text, 'customers', 'ssn'), 'redact');
    expect(stored.facts?.statements[0]?.accesses[0]?.spans).toEqual([]);
  });

  it('takes out the value of a SET in the facts', () => {
    const effect = { kind: 'set', name: 'application_name', value: 'secret', isLocal: false } as const;
    const [statement] = factsFor('set', 't', 's').statements;
    const facts = { statements: statement === undefined ? [] : [{ ...statement, effects: [effect] }] };
    const stored = redactStatement("set application_name = 'secret'", facts, 'redact');
    expect(JSON.stringify(stored)).not.toContain('secret');
  });

  it('takes a password out even where literals are kept', () => {
    const keep = (text: string) => redactStatement(text, undefined, 'keep').text;
    expect(keep("ALTER ROLE a PASSWORD 'hunter2' VALID UNTIL '2030'")).toBe(
      "ALTER ROLE a PASSWORD '…' VALID UNTIL '2030'",
    );
    expect(keep("select 'x', password from t where n = 5")).toBe("select 'x', password from t where n = 5");
    expect(keep('alter role a password $x$hunter2$x$')).toBe("alter role a password '…'");
  });

  it("takes the statement's own words out of a syntax error", () => {
    expect(redactMessage('syntax error at or near "4111"', '42601', 'redact')).toBe('syntax error at or near "…"');
    const denied = 'permission denied for column "ssn" of table customers';
    expect(redactMessage(denied, '42501', 'redact')).toBe(denied);
    expect(redactMessage('syntax error at or near "4111"', '42601', 'keep')).toContain('4111');
  });
});
