import { parseArgs } from 'node:util';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../support/start-postgres.ts';

export type Options = {
  readonly versions: readonly PostgresVersion[];
  /** Generated statements for each version. */
  readonly count: number;
  readonly seed: number;
  /** All corpora on every version; otherwise the newest alone gets them. */
  readonly hasAllCorpora: boolean;
  /** Statements that are tried with a role that has just the rights that the facts name, for each version. */
  readonly tried: number;
  /** A folder with PostgreSQL's regression tests (src/test/regress). */
  readonly regress: string | undefined;
  readonly writesReadme: boolean;
  /** Failures are written here, one JSON object a line. */
  readonly failures: string | undefined;
};

export const USAGE = `npm run prove -- [--short] [--versions 15,18] [--count N] [--seed N] [--regress DIR] [--failures FILE]
  [--write-readme]`;

/** @throws TypeError for options that there are not */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      versions: { type: 'string' },
      count: { type: 'string' },
      seed: { type: 'string', default: '1' },
      regress: { type: 'string' },
      failures: { type: 'string' },
      'write-readme': { type: 'boolean', default: false },
    },
  });
  const wanted = (values.versions ?? (values.short ? '15,18' : POSTGRES_VERSIONS.join())).split(',').map(Number);
  return {
    versions: POSTGRES_VERSIONS.filter((version) => wanted.includes(version)),
    count: Number(values.count ?? (values.short ? 300 : 6000)),
    seed: Number(values.seed),
    hasAllCorpora: !values.short,
    tried: values.short ? 40 : 1000,
    regress: values.regress,
    writesReadme: values['write-readme'],
    failures: values.failures,
  };
}
