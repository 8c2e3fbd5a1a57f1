import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { createAnalyzer } from '../../policy/access/worker-analyzer.ts';
import type { Catalog } from '../../policy/catalog/catalog.ts';
import { compileTags, TagError, type Tags } from '../../policy/catalog/tags.ts';
import { checkNames } from '../../policy/engine/check-names.ts';
import { createZonedClock } from '../../policy/engine/clock.ts';
import { createPolicyEngine, type ExplainingEngine } from '../../policy/engine/engine.ts';
import { loadPolicies, readPolicyFolder } from '../../policy/engine/load.ts';
import { formatProblem, type Problem } from '../../policy/engine/problem.ts';
import { formatReport } from '../../policy/suite/format-report.ts';
import { readSuites } from '../../policy/suite/read-suites.ts';
import { runSuite } from '../../policy/suite/run-suite.ts';
import { encodeSnapshot } from '../../policy/suite/snapshot.ts';
import type { Config } from '../../proxy/config.ts';
import { openPeople } from '../../proxy/stepup/people.ts';
import { catalogForCommand } from '../catalog-for-command.ts';
import { CliError, EXIT } from '../cli-error.ts';
import { configFile, readConfig } from '../config-file.ts';
import type { Io } from '../io.ts';
import { requireFiles } from '../required-files.ts';

type Options = { readonly config?: string; readonly snapshot?: string; readonly offline?: boolean };

/** `stepward policy`: policies are checked and tested like code. */
export function policyCommand(io: Io): Command {
  const policy = new Command('policy').description('check, test and snapshot what policies are written against');
  policy
    .command('check')
    .description(
      'validate every policy against the schema, and its names against the database, the tags and the people',
    )
    .option('-c, --config <file>', 'the config of stepward')
    .option('--snapshot <file>', 'a catalog snapshot to use instead of the database')
    .option('--offline', 'do not ask the database: names of tables and columns are then not checked')
    .action(async (options: Options) => check(options, io));
  policy
    .command('test')
    .description('run the policy tests: *.yaml in the folder `tests` beside the policies, or those given')
    .argument('[folder]', 'another folder of tests')
    .option('-c, --config <file>', 'the config of stepward')
    .option('--snapshot <file>', 'a catalog snapshot to use instead of the database')
    .action(async (folder: string | undefined, options: Options) => test(folder, options, io));
  policy
    .command('snapshot')
    .description(
      'write what the database has (names, types, definitions; no data) to a file, for tests without a database',
    )
    .argument('<file>', 'where to write it')
    .option('-c, --config <file>', 'the config of stepward')
    .action(async (file: string, options: Options) => {
      const catalog = await catalogForCommand(readConfig(configFile(options.config, io.env)));
      writeSnapshot(file, catalog);
      io.out(`${file}: ${catalog.relations.length} relations, ${catalog.functions.length} functions`);
    });
  return policy;
}

function writeSnapshot(file: string, catalog: Catalog): void {
  try {
    writeFileSync(file, encodeSnapshot(catalog));
  } catch (error) {
    throw new CliError(`cannot write the snapshot: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function check(options: Options, io: Io): Promise<void> {
  const config = readConfig(configFile(options.config, io.env));
  requireFiles(config);
  const catalog = options.offline === true ? undefined : await catalogForCommand(config, options.snapshot);
  const { problems, count } = findProblems(config, catalog);
  for (const problem of problems) io.err(formatProblem(problem));
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CliError(`${errors} error${errors === 1 ? '' : 's'}`, EXIT.config);
  io.out(`${count} policies are valid${catalog === undefined ? ' (names of the database not checked)' : ''}`);
}

function findProblems(
  config: Config,
  catalog: Catalog | undefined,
): { readonly problems: readonly Problem[]; readonly count: number } {
  const loaded = loadPolicies(readPolicyFolder(config.policies));
  if (loaded.kind === 'failed') return { problems: loaded.problems, count: 0 };
  const tags = tagsOf(config, catalog);
  const people = openPeople({ path: config.people, mockSecret: Buffer.alloc(32) });
  const users = people.kind === 'people' ? people.people.names : undefined;
  const groups =
    people.kind === 'people'
      ? [...new Set(people.people.names.flatMap((name) => people.people.find(name)?.principal.groups ?? []))]
      : undefined;
  const names = checkNames(loaded.bundle, { catalog, tags: tags.names, users, groups });
  const unmatched = tags.unmatched.map(
    ({ tag, pattern }): Problem => ({
      severity: 'error',
      file: '(tags of the config)',
      line: 1,
      column: 1,
      message: `tag "${tag}": nothing in the database is ${pattern}`,
    }),
  );
  return { problems: [...loaded.warnings, ...names, ...unmatched], count: loaded.bundle.policies.length };
}

async function test(folder: string | undefined, options: Options, io: Io): Promise<void> {
  const config = readConfig(configFile(options.config, io.env));
  requireFiles(config);
  const suites = readSuites(folder ?? join(config.policies, 'tests'));
  for (const { file, line, message } of suites.problems) io.err(`${file}:${line}: error: ${message}`);
  if (suites.problems.length > 0) throw new CliError('the policy tests cannot be read', EXIT.config);
  const engine = engineOf(config);
  const catalog = await catalogForCommand(config, options.snapshot);
  const analyzer = await createAnalyzer({});
  try {
    await analyzer.useCatalog(catalog);
    const report = await runSuite(suites.cases, {
      analyzer,
      engine,
      database: config.upstream.database,
      clockAt: createZonedClock(config.timeZone),
    });
    for (const line of formatReport(report)) io.out(line);
    if (report.failed > 0) throw new CliError('', EXIT.failure);
  } finally {
    await analyzer.close();
  }
}

function engineOf(config: Config): ExplainingEngine {
  const loaded = loadPolicies(readPolicyFolder(config.policies));
  if (loaded.kind === 'failed') throw new CliError(loaded.problems.map(formatProblem).join('\n'), EXIT.config);
  return createPolicyEngine({
    bundle: loaded.bundle,
    tags: tagsOf(config),
    ladder: config.ladder,
    database: config.upstream.database,
  });
}

/** @throws CliError when a pattern is none, or a name is not allowed */
function tagsOf(config: Config, catalog?: Catalog): Tags {
  const rules = Object.entries(config.tags).map(([tag, on]) => ({ tag, on }));
  try {
    return compileTags(rules, catalog);
  } catch (error) {
    if (error instanceof TagError) throw new CliError(`tags of the config: ${error.message}`, EXIT.config);
    throw error;
  }
}
