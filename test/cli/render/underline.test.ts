import { describe, expect, it } from 'vitest';
import { displayWidth, oneLine, printable } from '../../../cli/render/printable.ts';
import type { UnderlineOptions } from '../../../cli/render/underline.ts';
import { underline } from '../../../cli/render/underline.ts';

const options: UnderlineOptions = { columns: undefined, context: 1, mark: (carets) => carets };

/** Marks every occurrence of a word. */
function mark(text: string, word: string, more: Partial<UnderlineOptions> = {}): readonly string[] {
  const spans = [...text.matchAll(new RegExp(word, 'g'))].map(({ index }) => ({
    start: index,
    end: index + word.length,
  }));
  return underline(text, spans, { ...options, ...more }).split('\n');
}

describe('underlining a statement', () => {
  it('puts carets under the right columns, all of them in one line', () => {
    expect(mark('select ssn, upper(ssn) from c', 'ssn')).toEqual([
      '1 │ select ssn, upper(ssn) from c',
      '  │        ^^^        ^^^',
    ]);
  });

  it('counts wide characters as two columns, combining marks as none', () => {
    const caretsAt = (column: number, count: number) => `  │ ${' '.repeat(column)}${'^'.repeat(count)}`;
    expect(mark("select '日本', ssn", 'ssn')[1]).toBe(caretsAt(15, 3));
    expect(mark("select 'e\u0301', ssn", 'ssn')[1]).toBe(caretsAt(12, 3));
    expect(mark("select '🐘', ssn", 'ssn')[1]).toBe(caretsAt(13, 3));
    expect(mark('select "氏名" from c', '氏名')[1]).toBe(caretsAt(8, 4));
  });

  it('makes hidden characters visible, and counts them', () => {
    expect(mark('select s\u200bn', 's\u200bn')).toEqual(['1 │ select s\ufffdn', '  │        ^^^']);
  });

  it('expands tabs to the next stop, before and inside what is marked', () => {
    expect(mark('a\tssn\tb', 'ssn')).toEqual(['1 │ a       ssn     b', '  │         ^^^']);
    expect(mark('a\tb', 'a\tb')[1]).toBe('  │ ^^^^^^^^^');
  });

  it('marks a span over several lines on each of them, with any kind of line end', () => {
    const text = 'select (c\r\n).ssn';
    expect(underline(text, [{ start: 7, end: text.length }], options).split('\n')).toEqual([
      '1 │ select (c',
      '  │        ^^',
      '2 │ ).ssn',
      '  │ ^^^^^',
    ]);
  });

  it('leaves out lines far from what is marked', () => {
    const text = ['select a,', 'b,', 'c,', 'ssn,', 'd,', 'e', 'from c'].join('\n');
    expect(mark(text, 'ssn')).toEqual(['  ⋮', '3 │ c,', '4 │ ssn,', '  │ ^^^', '5 │ d,', '  ⋮']);
  });

  it('breaks a line that is too long, and marks both parts', () => {
    expect(mark('select ssn', 'ssn', { columns: 8 })).toEqual(['1 │ select s', '  │        ^', '  │ sn', '  │ ^^']);
    expect(mark('日本ssn', 'ssn', { columns: 3 })).toEqual(['1 │ 日', '  │ 本s', '  │   ^', '  │ sn', '  │ ^^']);
  });

  it('shows the whole text where nothing can be pointed at', () => {
    expect(mark('a\nb', 'x')).toEqual(['1 │ a', '2 │ b']);
  });
});

describe('text for a terminal', () => {
  it('shows control characters and hides no direction change', () => {
    expect(printable('a\u001b[2Jb\u007f\u0085\u202ec')).toBe('a␛[2Jb␡��c');
  });

  it('is shortened by columns, not by code units', () => {
    expect(oneLine('select  1', 20)).toBe('select 1');
    expect(oneLine('日本語日本語', 7)).toBe('日本語…');
    expect(displayWidth('日本語…')).toBe(7);
  });
});
