import { describe, expect, it } from 'vitest';
import { table } from '../../cli/table.ts';

describe('a table on the terminal', () => {
  it('aligns by what characters take on the screen', () => {
    expect(
      table(
        ['name', 'x'],
        [
          ['日本', '1'],
          ['ab', '2'],
        ],
      ).split('\n'),
    ).toEqual(['name  x', '日本  1', 'ab    2']);
  });

  it('lets no escape sequence and no line break of a cell through', () => {
    const text = table(['statement'], [['select 1 \u001b[2J\u001b]0;owned\u0007\nfaked row']]);
    expect(text.split('\n')).toHaveLength(2);
    expect([text.includes('\u0007'), text.includes('\u001b')]).toEqual([false, false]);
  });

  it('shortens a cell that would fill the screen', () => {
    expect(table(['x'], [['a'.repeat(5_000)]]).length).toBeLessThan(300);
  });
});
