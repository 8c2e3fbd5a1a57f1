import type { DecisionContext } from './decision.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/**
 * Makes the function that fills `context.clock` for a time zone.
 * @param timeZone an IANA name, e.g. `Europe/Berlin`
 * @throws RangeError when the zone is unknown
 */
export function createZonedClock(timeZone: string): (nowMs: number) => DecisionContext['clock'] {
  const hourAndWeekday = timeZone === 'UTC' ? inUtc : inZone(timeZone);
  let last: { readonly minute: number; readonly hour: number; readonly weekday: number } | undefined;
  return (nowMs) => {
    // No zone moves its hour inside a minute, and formatting costs more than a cached decision.
    const minute = Math.floor(nowMs / 60_000);
    if (last?.minute !== minute) last = { minute, ...hourAndWeekday(nowMs) };
    return { nowMs, hour: last.hour, weekday: last.weekday };
  };
}

type HourAndWeekday = { readonly hour: number; readonly weekday: number };

/** Without Intl, whose tables take 10 MiB of memory. */
function inUtc(nowMs: number): HourAndWeekday {
  const now = new Date(nowMs);
  return { hour: now.getUTCHours(), weekday: now.getUTCDay() === 0 ? 7 : now.getUTCDay() };
}

function inZone(timeZone: string): (nowMs: number) => HourAndWeekday {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', hourCycle: 'h23' });
  return (nowMs) => {
    const parts = format.formatToParts(nowMs);
    const valueOf = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
    return { hour: Number(valueOf('hour')), weekday: WEEKDAYS.indexOf(valueOf('weekday')) + 1 };
  };
}
