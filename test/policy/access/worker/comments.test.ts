import { describe, expect, it } from 'vitest';
import { checkNesting, DEFAULT_LIMITS } from '../../../../policy/access/limits.ts';

const refusal = (text: string) => checkNesting(text, DEFAULT_LIMITS)?.message;

describe('comments', () => {
  it.each([
    ['in a row', '/**/'.repeat(100_000)],
    ['inside one another', `${'/*'.repeat(100_000)}${'*/'.repeat(100_000)}`],
    ['that never end', '/*'.repeat(100_000)],
  ])('that keep the lexer for minutes are refused: %s', (_, text) => {
    expect(refusal(`SELECT 1 ${text}`)).toBe('the comments of the statement take too long to read');
  });

  it('between signs, without a blank, are refused', () => {
    expect(refusal(`SELECT 1 ${'@/**/'.repeat(100_000)} 1`)).toContain('nested too deeply');
  });

  it.each([
    ['a banner', `/${'*'.repeat(2000)}\n generated \n${'*'.repeat(2000)}/`],
    ['one for each column', '/* the next column */\n'.repeat(5000)],
    ['lines of signs', `--${'='.repeat(5000)}\n`.repeat(100)],
    ['a megabyte', `/*${'/ * '.repeat(250_000)}*/`],
  ])('that people write are not: %s', (_, text) => {
    expect(refusal(`SELECT 1 ${text}`)).toBeUndefined();
  });
});
