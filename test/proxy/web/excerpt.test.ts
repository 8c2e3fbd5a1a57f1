import { describe, expect, it } from 'vitest';
import { array, assert, integer, property, record, string } from 'fast-check';
import { excerpt, mergeSpans } from '../../../proxy/web/pages/excerpt.ts';
import { visibleParts } from '../../../proxy/web/pages/visible-text.ts';
import { clock, coveredLines, duration } from '../../../proxy/web/pages/words.ts';

const textOf = (pieces: ReturnType<typeof excerpt>) => pieces.map((p) => (p.kind === 'gap' ? '…' : p.text)).join('');

describe('the excerpt of a statement', () => {
  it('marks overlapping and unordered spans once', () => {
    expect(
      excerpt('select ssn, email from c', [
        { start: 12, end: 17 },
        { start: 7, end: 9 },
        { start: 8, end: 10 },
      ]),
    ).toEqual([
      { kind: 'plain', text: 'select ' },
      { kind: 'marked', text: 'ssn' },
      { kind: 'plain', text: ', ' },
      { kind: 'marked', text: 'email' },
      { kind: 'plain', text: ' from c' },
    ]);
  });

  it('loses no character of a short statement, whatever the spans', () => {
    const span = record({ start: integer({ min: -5, max: 60 }), end: integer({ min: -5, max: 60 }) });
    assert(
      property(string({ maxLength: 50 }), array(span, { maxLength: 8 }), (text, spans) => {
        expect(textOf(excerpt(text, spans))).toBe(text);
      }),
    );
  });

  it('shows the marked part of a statement that is padded to push it out of sight', () => {
    const text = `select 1 ${' '.repeat(200_000)}, ssn from customers ${'--x\n'.repeat(50_000)}`;
    const start = text.indexOf('ssn');
    const pieces = excerpt(text, [{ start, end: start + 3 }]);
    expect(pieces).toContainEqual({ kind: 'marked', text: 'ssn' });
    expect(pieces.filter(({ kind }) => kind === 'gap')).toHaveLength(2);
    expect(textOf(pieces).length).toBeLessThan(2000);
  });

  it('stays small for any number of marks', () => {
    const text = 'ab '.repeat(100_000);
    const spans = Array.from({ length: 100_000 }, (_, i) => ({ start: i * 3, end: i * 3 + 2 }));
    expect(textOf(excerpt(text, spans)).length).toBeLessThan(5_000);
    expect(mergeSpans(text, spans)).toHaveLength(100_000);
  });
});

describe('words on the page', () => {
  it('name invisible characters, but for line breaks and tabs', () => {
    expect(visibleParts('a\tb\nc\u0007d\u2066\u2028é日')).toEqual([
      { kind: 'text', text: 'a\tb\nc' },
      { kind: 'invisible', text: 'U+0007' },
      { kind: 'text', text: 'd' },
      { kind: 'invisible', text: 'U+2066' },
      { kind: 'invisible', text: 'U+2028' },
      { kind: 'text', text: 'é日' },
    ]);
  });

  it('say once what is read and also used to choose rows', () => {
    const base = { action: 'select', resource: 'public.c.ssn' };
    expect(
      coveredLines([
        { ...base, usage: 'output' },
        { ...base, usage: 'condition' },
      ]),
    ).toEqual([{ verb: 'read', resource: 'public.c.ssn', note: '' }]);
    expect(coveredLines([{ ...base, usage: 'condition' }])).toEqual([
      { verb: 'read', resource: 'public.c.ssn', note: 'to choose rows, without showing it' },
    ]);
  });

  it.each([
    [1_000, '1 second'],
    [45_000, '45 seconds'],
    [60_000, '1 minute'],
    [90_000, '90 seconds'],
    [600_000, '10 minutes'],
    [3_600_000, '1 hour'],
    [5_400_000, '90 minutes'],
    [28_800_000, '8 hours'],
  ])('say %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('count down in minutes and seconds', () => {
    expect([clock(120_000), clock(61_001), clock(9_000), clock(0), clock(-5)]).toEqual([
      '2:00',
      '1:02',
      '0:09',
      '0:00',
      '0:00',
    ]);
  });
});
