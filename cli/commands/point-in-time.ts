import { CliError, EXIT } from '../cli-error.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A moment as a person writes it: `15m`, `2h`, `3d` (ago), or a date with or without a time, in local time unless it
 * carries a zone.
 * @throws CliError
 */
export function parsePointInTime(text: string, nowMs: number): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const perUnit = unitMs[unit];
  if (perUnit !== undefined) return nowMs - Number(count) * perUnit;
  // A date alone is UTC in ECMAScript; people mean their own midnight.
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.replace(' ', 'T'));
  if (/^\d{4}-/.test(text) && !Number.isNaN(ms)) return ms;
  throw new CliError(`not a time: ${text}; write 15m, 2h, 3d, 2026-11-24 or 2026-11-24T09:30`, EXIT.usage);
}
