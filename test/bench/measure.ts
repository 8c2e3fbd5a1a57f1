import { median } from './statistics.ts';
import type { Target } from './targets.ts';
import { cpuMicroseconds } from './usage.ts';

/** One sample: so many things a second, and how many there were in all. */
export type Sample = { readonly perSecond: number; readonly count: number };

/** Medians over the rounds. `cpu`: processor time that the target's own process used for each thing, in microseconds. */
export type Result = { readonly perSecond: number; readonly cpu: number | undefined };

/** Every target once in each round, A B C A B C, so that drift and neighbours hit all alike. */
export async function inTurn(
  targets: readonly Target[],
  rounds: number,
  sample: (target: Target) => Promise<Sample>,
): Promise<readonly Result[]> {
  const samples = targets.map((): { perSecond: number; cpu: number | undefined }[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, target] of targets.entries()) {
      const before = cpuMicroseconds(target);
      const { perSecond, count } = await sample(target);
      const after = cpuMicroseconds(target);
      const cpu = before === undefined || after === undefined ? undefined : (after - before) / count;
      samples[i]?.push({ perSecond, cpu });
    }
  }
  return samples.map((of) => ({
    perSecond: median(of.map(({ perSecond }) => perSecond)),
    cpu: of.every(({ cpu }) => cpu === undefined) ? undefined : median(of.flatMap(({ cpu }) => cpu ?? [])),
  }));
}
