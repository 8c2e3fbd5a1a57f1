import { Client, type ClientConfig } from 'pg';
import { type PostgresVersion, startPostgres } from '../support/start-postgres.ts';
import type { Difference } from './compare.ts';
import { corpora, type Source } from './corpora.ts';
import { generate } from './generate/statement.ts';
import { readTables } from './generate/tables.ts';
import { makeChapter, readRegress } from './regress/regress.ts';
import type { Options } from './options.ts';
import type { Result } from './report.ts';
import { proofSchema } from './schema.ts';
import { shrink } from './shrink.ts';
import { count, emptyTally, sum } from './tally.ts';
import { deniedWith, makeProver } from './oracle/privileges.ts';
import { openWorld, type Verdict, type World } from './world.ts';

/** A statement that PostgreSQL and the facts do not agree on, or that is refused. */
export type Failure = {
  readonly version: PostgresVersion;
  readonly source: string;
  readonly searchPath: readonly string[];
  readonly kind: 'missed' | 'over' | 'refused';
  readonly what: readonly string[];
  readonly sql: string;
  /** As short as it gets with the same difference; of missed ones only. */
  readonly shortest?: string;
};

/** Is told of every failure as it is found. */
export type Listener = (failure: Failure) => void;

const DATABASE = 'shop';
const PATHS: readonly (readonly string[])[] = [
  ['postgres', 'public'],
  ['hr', 'public'],
  ['finance', 'public', 'hr'],
  ['app', 'public'],
];

/** Everything on one version. */
export async function proveVersion(
  version: PostgresVersion,
  options: Options,
  listen: Listener,
): Promise<readonly Result[]> {
  const server = await startPostgres(version);
  try {
    const address = { ...server.address, database: DATABASE };
    await makeDatabase(address, version);
    const results: Result[] = [];
    for (const [at, searchPath] of PATHS.entries()) {
      const world = await openWorld(address, searchPath);
      try {
        const place = { world, version, searchPath, listen };
        const statements = await generated(place, options, at);
        results.push(await proveSource(place, { name: 'generated', statements }));
        if (at === 0) results.push(await provePrivileges(place, statements.slice(0, options.tried)));
        if (at === 0 && (options.hasAllCorpora || version === options.versions.at(-1))) {
          for (const source of corpora()) results.push(await proveSource(place, source));
        }
      } finally {
        await world.close();
      }
    }
    if (options.regress !== undefined) {
      results.push(...(await proveRegress(version, { ...address, database: 'regress' }, options.regress, listen)));
    }
    return merged(results);
  } finally {
    await server.stop();
  }
}

async function proveRegress(
  version: PostgresVersion,
  address: ClientConfig,
  folder: string,
  listen: Listener,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const searchPath = ['public'];
  for (const chapter of readRegress(folder)) {
    await makeChapter(address, chapter.setup);
    const world = await openWorld(address, searchPath);
    try {
      results.push(await proveSource({ world, version, searchPath, listen }, chapter));
    } finally {
      await world.close();
    }
  }
  return results;
}

async function makeDatabase(address: ClientConfig, version: PostgresVersion): Promise<void> {
  const admin = new Client({ ...address, database: 'postgres' });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${DATABASE}`);
  await admin.end();
  const client = new Client(address);
  await client.connect();
  for (const sql of proofSchema(version)) await client.query(sql);
  await makeProver(client);
  await client.end();
}

type Place = Pick<Failure, 'version' | 'searchPath'> & { readonly world: World; readonly listen: Listener };

async function generated(place: Place, options: Options, part: number): Promise<readonly string[]> {
  const tables = await readTables(place.world.client);
  const share = Math.ceil(options.count / PATHS.length);
  const first = options.seed * 1_000_000 + place.version * 10_000_000 + part * share;
  const setting = { tables, searchPath: place.searchPath, version: place.version };
  return Array.from({ length: share }, (_, at) => generate(first + at, setting));
}

/** Statements that are under way at the same time. */
const BATCH = 48;

export async function proveSource(place: Place, { name, statements }: Source): Promise<Result> {
  const tally = emptyTally();
  for (let at = 0; at < statements.length; at += BATCH) {
    const batch = statements.slice(at, at + BATCH);
    const verdicts = await Promise.all(batch.map(async (sql) => place.world.judge(sql)));
    for (const [index, verdict] of verdicts.entries()) {
      count(tally, verdict);
      await reportFailure(place, name, batch[index] ?? '', verdict);
    }
  }
  return { version: place.version, source: name, tally };
}

async function reportFailure(place: Place, source: string, sql: string, verdict: Verdict): Promise<void> {
  const base = { version: place.version, searchPath: place.searchPath, source, sql };
  if (verdict.kind === 'invalid') return;
  if (verdict.kind === 'refused') {
    const { cause, message } = verdict.refusal;
    return place.listen({ ...base, kind: 'refused', what: [`${cause}: ${message}`] });
  }
  const unexplained = verdict.over.filter(({ kind }) => kind === 'unexplained');
  if (unexplained.length > 0) place.listen({ ...base, kind: 'over', what: unexplained.map(({ what }) => what) });
  const [first] = verdict.missed;
  if (first === undefined) return;
  const shortest = await shrink(sql, async (text) => isMissed(await place.world.judge(text), first));
  place.listen({ ...base, kind: 'missed', what: verdict.missed.map(({ what }) => what), shortest });
}

/**
 * Row locks are no access, so that the right that they need is not granted; parameters need values; through a
 * security_invoker view the caller is asked for what the statement does not use of it, too.
 */
const NOT_EXPLAINED = /\$\d|\bFOR (?:UPDATE|SHARE|NO KEY|KEY)|customer_invoker|^(?:EXPLAIN|DECLARE|COPY|CREATE)/i;

/** With exactly what the facts name, does PostgreSQL's own check of rights let the statement pass? */
async function provePrivileges(place: Place, statements: readonly string[]): Promise<Result> {
  const tally = emptyTally();
  const { client } = place.world;
  for (const sql of statements.filter((one) => !NOT_EXPLAINED.test(one))) {
    const verdict = await place.world.judge(sql);
    if (verdict.kind !== 'compared') continue;
    const denied = await deniedWith(verdict.claims, verdict.needs, client, sql);
    const missed: readonly Difference[] = denied === undefined ? [] : [{ what: denied, kind: 'missed' }];
    count(tally, { ...verdict, missed, over: [] });
    const base = { version: place.version, searchPath: place.searchPath, source: 'privileges', sql };
    if (denied !== undefined) place.listen({ ...base, kind: 'missed', what: [denied] });
  }
  return { version: place.version, source: 'privileges', tally };
}

function isMissed(verdict: Verdict, difference: Difference): boolean {
  return verdict.kind === 'compared' && verdict.missed.some(({ what }) => what === difference.what);
}

/** One result for each source. */
function merged(results: readonly Result[]): readonly Result[] {
  const names = [...new Set(results.map(({ source }) => source))];
  return names.flatMap((source) => {
    const same = results.filter((one) => one.source === source);
    const [first] = same;
    return first === undefined ? [] : [{ ...first, tally: sum(same.map(({ tally }) => tally)) }];
  });
}
