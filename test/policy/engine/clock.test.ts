import { describe, expect, it } from 'vitest';
import { createZonedClock } from '../../../policy/engine/clock.ts';

describe('the clock of a time zone', () => {
  it('counts hours from 0 to 23 and weekdays from Monday = 1', () => {
    const clock = createZonedClock('Europe/Berlin');
    const at = (iso: string): readonly number[] => {
      const { hour, weekday } = clock(Date.parse(iso));
      return [hour, weekday];
    };
    expect(at('2026-11-24T22:59:59Z')).toEqual([23, 2]);
    expect(at('2026-11-24T23:00:00Z')).toEqual([0, 3]);
    expect(at('2026-11-29T12:00:00Z')).toEqual([13, 7]);
    expect(at('2026-06-01T12:00:00Z')).toEqual([14, 1]);
  });

  it('refuses a zone that does not exist', () => {
    expect(() => createZonedClock('Mars/Olympus')).toThrow(RangeError);
  });
});
