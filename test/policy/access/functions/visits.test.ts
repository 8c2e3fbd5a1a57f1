import { describe, expect, it } from 'vitest';
import { Visits } from '../../../../policy/access/functions/visits.ts';

describe('visits of functions', () => {
  it('know a function that is met inside of itself, and which answers leave something out', () => {
    const visits = new Visits({ depth: 9, bodies: 9 });
    const outer = visits.visit(1, () => visits.visit(2, () => visits.isRepeat(1)));
    expect(outer).toMatchObject({ isRecursive: true, isWhole: true });
    expect(outer.answer).toMatchObject({ answer: true, isRecursive: true, isWhole: false });
    expect(visits.visit(3, () => 'x')).toEqual({ answer: 'x', isRecursive: false, isWhole: true });
  });

  it('end at a depth and at a number of bodies; what was left out there is kept by nobody', () => {
    const deep = new Visits({ depth: 1, bodies: 9 });
    expect(deep.visit(1, () => deep.isExhausted())).toEqual({ answer: true, isRecursive: false, isWhole: false });
    const many = new Visits({ depth: 9, bodies: 1 });
    expect(many.isExhausted()).toBe(false);
    many.visit(1, () => undefined);
    expect(many.isExhausted()).toBe(true);
  });
});
