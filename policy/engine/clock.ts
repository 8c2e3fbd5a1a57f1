import type { DecisionContext } from './decision.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * Makes the function that fills `context.clock` for a time zone.
 * @param timeZone an IANA name, e.g. `Europe/Berlin`
 * @throws RangeError when the zone is unknown
 */
export function createZonedClock(timeZone: string): (nowMs: number) => DecisionContext['clock'] {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
  let last: { readonly minute: number; readonly hour: number; readonly weekday: number } | undefined;
  return (nowMs) => {
    // No zone moves its hour inside a minute, and formatting costs more than a cached decision.
    const minute = Math.floor(nowMs / 60_000);
    if (last?.minute !== minute) last = { minute, ...hourAndWeekday(format, nowMs) };
    return { nowMs, hour: last.hour, weekday: last.weekday };
  };
}

function hourAndWeekday(format: Intl.DateTimeFormat, nowMs: number): { hour: number; weekday: number } {
  const parts = format.formatToParts(nowMs);
  const valueOf = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { hour: Number(valueOf('hour')), weekday: WEEKDAYS.indexOf(valueOf('weekday')) + 1 };
}
