import type { OverKind } from './compare.ts';
import type { Verdict } from './world.ts';

/** Figures of one source on one version. Numbers of statements, but for `byKind`. */
export type Tally = {
  sent: number;
  /** Taken by the server. */
  valid: number;
  /** Valid and not refused by the analysis. */
  analysed: number;
  missed: number;
  /** With something that PostgreSQL does not ask for and no rule explains. */
  over: number;
  /** Statements with something over of each kind. */
  readonly byKind: Map<OverKind, number>;
};

export function emptyTally(): Tally {
  return { sent: 0, valid: 0, analysed: 0, missed: 0, over: 0, byKind: new Map() };
}

export function count(tally: Tally, verdict: Verdict): void {
  tally.sent += 1;
  if (verdict.kind === 'invalid') return;
  tally.valid += 1;
  if (verdict.kind === 'refused') return;
  tally.analysed += 1;
  if (verdict.missed.length > 0) tally.missed += 1;
  const kinds = new Set(verdict.over.flatMap(({ kind }) => (kind === 'missed' ? [] : [kind])));
  if (kinds.has('unexplained')) tally.over += 1;
  for (const kind of kinds) tally.byKind.set(kind, (tally.byKind.get(kind) ?? 0) + 1);
}

export function sum(tallies: readonly Tally[]): Tally {
  const total = emptyTally();
  for (const one of tallies) {
    for (const field of ['sent', 'valid', 'analysed', 'missed', 'over'] as const) total[field] += one[field];
    for (const [kind, found] of one.byKind) total.byKind.set(kind, (total.byKind.get(kind) ?? 0) + found);
  }
  return total;
}
