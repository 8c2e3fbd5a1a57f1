const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/**
 * The value of a constant `duration("1h30m")` in a policy's JSON form, ms; undefined for anything else.
 * @see Cedar RFC 80, "datetime extension"
 */
export function durationMs(expression: unknown): number | undefined {
  const text = constantOf(expression, 'duration');
  return text === undefined ? undefined : durationTextMs(text);
}

/** `1h30m`, `599s`, `-10m1ms` -> ms, as Cedar writes durations; undefined for anything else. */
export function durationTextMs(text: string): number | undefined {
  if (!/^-?(?:\d+(?:ms|d|h|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+)(ms|d|h|m|s)/g)];
  const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
  return text.startsWith('-') ? -sum : sum;
}

/** The value of a constant `datetime("2026-11-24T09:00:00Z")`, ms since the epoch; undefined for anything else. */
export function dateTimeMs(expression: unknown): number | undefined {
  const text = constantOf(expression, 'datetime');
  // Cedar writes offsets as +0100, ECMAScript as +01:00.
  const ms = text === undefined ? Number.NaN : Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? undefined : ms;
}

function constantOf(expression: unknown, constructor: string): string | undefined {
  if (typeof expression !== 'object' || expression === null) return undefined;
  const argument: unknown = Object.entries(expression).find(([name]) => name === constructor)?.[1];
  const [first]: readonly unknown[] = Array.isArray(argument) ? argument : [];
  if (typeof first !== 'object' || first === null || !('Value' in first)) return undefined;
  return typeof first.Value === 'string' ? first.Value : undefined;
}
