/**
 * Proves the analysis against PostgreSQL: `npm run prove`. See README.md in this folder.
 * The last line is `missed N, over N.N %, statements N`; exit code 1 when something is missed or more than 2 % is over.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadParser } from '../../policy/access/parse.ts';
import { type Options, readOptions } from './options.ts';
import { type Failure, proveVersion } from './prove.ts';
import { isProved, kinds, lastLine, type Result, table, writeReadme } from './report.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const SHOWN = 20;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  await loadParser();
  if (options.failures !== undefined) rmSync(options.failures, { force: true });
  const shown = { missed: 0, over: 0, refused: 0 };
  const listen = (failure: Failure): void => {
    shown[failure.kind] += 1;
    if (shown[failure.kind] <= SHOWN) show(failure);
    if (options.failures !== undefined) appendFileSync(options.failures, `${JSON.stringify(failure)}\n`);
  };
  const results = await proveAll(options, listen);
  print(`\n${table(results)}\n\nover by design, share of statements: ${kinds(results)}`);
  if (options.writesReadme) writeReadme(README, results);
  print(lastLine(results));
  if (!isProved(results)) process.exitCode = 1;
}

async function proveAll(options: Options, listen: (failure: Failure) => void): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const version of options.versions) {
    const startedAt = performance.now();
    results.push(...(await proveVersion(version, options, listen)));
    print(`PostgreSQL ${version}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  return results;
}

function show({ kind, version, source, searchPath, what, sql, shortest }: Failure): void {
  const text = (shortest ?? sql).replaceAll(/\s+/g, ' ').slice(0, 300);
  print(
    `${kind} (${version}, ${source}, search_path ${searchPath.join()}): ${what.slice(0, 4).join('; ')}\n    ${text}`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await main();
