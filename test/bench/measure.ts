import { median } from './statistics.ts';
import type { Target } from './targets.ts';

/** So many things a second, and the processor time that the target's own process used for each, in microseconds. */
export type Sample = { readonly perSecond: number; readonly cpu: number | undefined };

/** Every target once in each round, A B C A B C, so that drift and neighbours hit all alike. @returns medians */
export async function inTurn(
  targets: readonly Target[],
  rounds: number,
  sample: (target: Target) => Promise<Sample>,
): Promise<readonly Sample[]> {
  const samples = targets.map((): Sample[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, target] of targets.entries()) samples[i]?.push(await sample(target));
  }
  return samples.map((of) => {
    const cpus = of.flatMap(({ cpu }) => cpu ?? []);
    return {
      perSecond: median(of.map(({ perSecond }) => perSecond)),
      cpu: cpus.length === 0 ? undefined : median(cpus),
    };
  });
}
