import type { Sample } from './measure.ts';
import { table } from './statistics.ts';
import type { Target } from './targets.ts';

export type Row = { readonly name: string; readonly results: readonly Sample[] };

/** Two tables: what each target does in a second, with ratios; what a thing costs in the target's own process. */
export function report(targets: readonly Target[], rows: readonly Row[], thing: string): string {
  const names = targets.map(({ name }) => name);
  const relay = names.indexOf('relay');
  const others = names.flatMap((name, i) => (name === 'stepward' || name === 'against' ? [{ name, i }] : []));
  const rates = rows.map(({ name, results }) => [
    name,
    ...results.map(({ perSecond }) => digits(perSecond)),
    ...others.flatMap(({ i }) => [ratio(results, i, 0), ratio(results, i, relay)]),
  ]);
  const heads = others.flatMap(({ name }) => [`${name}/direct`, `${name}/relay`]);
  const costs = rows.map(({ name, results }) => [
    name,
    ...results.map(({ cpu }) => (cpu === undefined ? '' : digits(cpu))),
  ]);
  return [
    table([`${thing} per second`, ...names, ...heads], rates),
    table([`processor time, us per ${thing}`, ...names], costs),
  ].join('\n\n');
}

function ratio(results: readonly Sample[], of: number, to: number): string {
  return ((results[of]?.perSecond ?? Number.NaN) / (results[to]?.perSecond ?? Number.NaN)).toFixed(2);
}

function digits(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}
