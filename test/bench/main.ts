/**
 * Compares PostgreSQL reached directly, through pgbouncer, through a bare Node relay and through stepward, in turn within
 * one run. Prints medians, ratios, what each costs in processor time, and what memory stepward takes.
 *   npm run bench                        about six minutes
 *   npm run bench -- --short             about one minute
 *   npm run bench -- --against ../other  with another checkout of stepward as one more target
 *   npm run bench -- --only prepared     only the cases with that in their name
 *   npm run bench -- --only catalog      what a catalog of 10,000 tables costs, which no other form measures; two minutes
 *   npm run bench -- --only hardening    instead: what texts that are made to be slow do to the event loop (20 minutes);
 *                                        hardening:comment only those with that in their name
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASES, createRunner } from './cases.ts';
import { CATALOG_CASE, measureCatalog } from './catalog.ts';
import { whileConnected } from './connections.ts';
import { downloadMegabytes } from './download.ts';
import { measureHardening } from './hardening/hardening.ts';
import { inTurn } from './measure.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { hasProgram } from './processes.ts';
import { type Row, report } from './report.ts';
import { startTargets, type Target } from './targets.ts';
import { type Memory, memoryOf } from './usage.ts';

const SCALE = 5;

const HOW_TO_GET = `Debian, Ubuntu: apt-get install postgresql-contrib
macOS: brew install postgresql@17 (or libpq, which has pgbench too)
Fedora: dnf install postgresql-contrib
others: it comes with PostgreSQL's own packages, https://www.postgresql.org/download/`;

async function measurePgbench(targets: readonly Target[], options: BenchOptions): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-bench-scripts-'));
  try {
    const runner = createRunner(folder);
    for (const target of targets) await runner.warmUp(target);
    const rows: Row[] = [];
    for (const each of CASES.filter(
      ({ name, isInShort }) => isWanted(name, options) && (isInShort || !options.isShort),
    )) {
      const once = async (target: Target) => runner.run(target, each, options.seconds);
      rows.push({ name: each.name, results: await inTurn(targets, options.rounds, once) });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureDownload(targets: readonly Target[], options: BenchOptions): Promise<readonly Row[]> {
  const name = `one result of ${options.megabytes} MB`;
  if (!isWanted(name, options)) return [];
  const once = async (target: Target) => downloadMegabytes(target, options.megabytes);
  return [{ name, results: await inTurn(targets, options.rounds, once) }];
}

function isWanted(name: string, { only }: BenchOptions): boolean {
  return only === undefined || name.includes(only);
}

function memoryLine(when: string, memory: Memory | undefined): string {
  const figures =
    memory === undefined ? 'unknown' : `${memory.residentMiB.toFixed(0)} MiB, peak ${memory.peakMiB.toFixed(0)} MiB`;
  return `stepward's memory ${when}: ${figures}`;
}

/** `hardening`, `hardening:part of a name`; undefined: another benchmark is wanted. */
function hardeningOf({ only }: BenchOptions): { readonly only: string | undefined } | undefined {
  const [kind, ...part] = only?.split(':') ?? [];
  return kind === 'hardening' ? { only: part.length === 0 ? undefined : part.join(':') } : undefined;
}

async function main(options: BenchOptions): Promise<void> {
  if (options.only !== undefined && CATALOG_CASE.includes(options.only)) {
    console.log(await measureCatalog(options.rounds));
    return;
  }
  const hardening = hardeningOf(options);
  if (hardening !== undefined) return measureHardening({ ...hardening, report: (line) => console.log(line) });
  if (!hasProgram('pgbench') || !hasProgram('psql')) throw new Error(`pgbench or psql is missing\n${HOW_TO_GET}`);
  const { targets, missing, stop } = await startTargets(SCALE, options.against);
  try {
    const stepward = targets.find(({ name }) => name === 'stepward');
    if (stepward === undefined) throw new Error('stepward is not among the targets');
    if (missing.length > 0) console.log(`not installed, so not compared: ${missing.join(', ')}`);
    console.log(`medians of ${options.rounds} rounds of ${options.seconds} s, each target in turn`);
    console.log(options.isShort ? 'short form: Node has hardly compiled anything yet; quote the long one\n' : '');
    const memory = [memoryLine('after the start', memoryOf(stepward))];
    const rows = await measurePgbench(targets, options);
    if (rows.length > 0) console.log(`${report(targets, rows, 'transaction')}\n`);
    const downloads = await measureDownload(targets, options);
    if (downloads.length > 0) console.log(`${report(targets, downloads, 'MB')}\n`);
    memory.push(memoryLine('after the load', memoryOf(stepward)));
    const idle = await whileConnected(stepward, options.idleConnections, () => memoryOf(stepward));
    memory.push(memoryLine(`with ${options.idleConnections} idle connections`, idle));
    console.log(memory.join('\n'));
  } finally {
    await stop();
  }
}

try {
  await main(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
