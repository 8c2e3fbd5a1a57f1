import { describe, expect, it } from 'vitest';
import { AnalysisCache } from '../../../../policy/access/analysis-cache.ts';
import type { Analysis } from '../../../../policy/access/analyzer.ts';

const analysis = (): Analysis => ({ kind: 'facts', facts: { statements: [] }, secondReader: 'agrees' });
const LIMITS = { maxTexts: 4, maxChars: 1000 };

describe('the cache of analyses', () => {
  it('keeps texts apart by namespace', () => {
    const cache = new AnalysisCache(LIMITS, () => 0);
    const [one, two] = [analysis(), analysis()];
    cache.set('a', 'x', one);
    cache.set('b', 'x', two);
    expect(cache.get('a', 'x')).toBe(one);
    expect(cache.get('b', 'x')).toBe(two);
    expect(cache.get('c', 'x')).toBeUndefined();
  });

  it('is bounded, and keeps what is asked for', () => {
    const cache = new AnalysisCache(LIMITS, () => 0);
    const kept = analysis();
    cache.set('a', 'kept', kept);
    for (let at = 0; at < 100; at += 1) {
      cache.set('a', `other ${at}`, analysis());
      expect(cache.get('a', 'kept')).toBe(kept);
    }
    const left = Array.from({ length: 100 }, (_, at) => cache.get('a', `other ${at}`)).filter(
      (one) => one !== undefined,
    );
    expect(left.length).toBeLessThanOrEqual(4);
  });

  it('counts the characters of long texts', () => {
    const cache = new AnalysisCache(LIMITS, () => 0);
    for (const letter of ['a', 'b', 'c', 'd']) cache.set('n', letter.repeat(400), analysis());
    expect(cache.get('n', 'a'.repeat(400))).toBeUndefined();
    expect(cache.get('n', 'd'.repeat(400))).toBeDefined();
  });

  it('forgets what was to be kept for a time only', () => {
    let nowMs = 0;
    const cache = new AnalysisCache(LIMITS, () => nowMs);
    cache.set('a', 'x', analysis(), 100);
    nowMs = 99;
    expect(cache.get('a', 'x')).toBeDefined();
    nowMs = 100;
    expect(cache.get('a', 'x')).toBeUndefined();
  });

  it('is empty once cleared', () => {
    const cache = new AnalysisCache(LIMITS, () => 0);
    cache.set('a', 'x', analysis());
    cache.clear();
    expect(cache.get('a', 'x')).toBeUndefined();
  });
});
