import { parseArgs } from 'node:util';

export type BenchOptions = {
  readonly isShort: boolean;
  /** Root of another checkout of stepward, measured in the same run: what a change has brought. */
  readonly against: string | undefined;
  /** Only cases whose name has this in it. */
  readonly only: string | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly megabytes: number;
  readonly idleConnections: number;
};

/** @throws TypeError for an argument that does not exist */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      against: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  return {
    isShort: values.short,
    against: values.against,
    only: values.only,
    rounds: Number(values.rounds ?? (values.short ? 2 : 5)),
    seconds: Number(values.seconds ?? (values.short ? 1 : 4)),
    megabytes: values.short ? 100 : 500,
    idleConnections: values.short ? 50 : 200,
  };
}
