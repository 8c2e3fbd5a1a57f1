import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PolicyCase, parseSuite, type SuiteProblem } from './suite-file.ts';

export type Suites = { readonly cases: readonly PolicyCase[]; readonly problems: readonly SuiteProblem[] };

/**
 * Reads the suites of a folder (`*.yaml`, `*.yml`, sorted by name): those that can be read as cases, and what is wrong
 * with the others. A folder without cases is a problem: a test run that tests nothing must not look like success.
 * @param folder by custom, the folder `tests` beside the policies
 * @throws whatever node:fs throws for a file that is there and cannot be read
 */
export function readSuites(folder: string): Suites {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
    : [];
  const suites = names.map((name) => parseSuite(join(folder, name), readFileSync(join(folder, name), 'utf8')));
  const cases = suites.flatMap((suite) => (suite.kind === 'cases' ? suite.cases : []));
  const problems = suites.flatMap((suite) => (suite.kind === 'invalid' ? suite.problems : []));
  if (cases.length > 0 || problems.length > 0) return { cases, problems };
  return {
    cases,
    problems: [{ file: folder, line: 1, message: 'there are no policy tests here (*.yaml with cases)' }],
  };
}
