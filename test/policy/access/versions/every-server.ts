import { Client } from 'pg';
import { analyseText, type Prepared, prepareCatalog, type Reading } from '../../../../policy/access/analyse-text.ts';
import type { Namespace } from '../../../../policy/access/analyzer.ts';
import { type Access, resourceKey } from '../../../../policy/access/facts.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { connectQuery } from '../../../support/query-fn.ts';
import { POSTGRES_VERSIONS, type PostgresVersion, startPostgres } from '../../../support/start-postgres.ts';

/** One running server of a version, with the analysis of its catalog. */
export type VersionedServer = {
  readonly version: PostgresVersion;
  readonly client: Client;
  readonly prepared: Prepared;
  stop(): Promise<void>;
};

/** Starts every version that is supported, at the same time, each with `setupSql`. */
export async function startEveryServer(setupSql: string): Promise<readonly VersionedServer[]> {
  await loadParser();
  return Promise.all(POSTGRES_VERSIONS.map(async (version) => startServer(version, setupSql)));
}

async function startServer(version: PostgresVersion, setupSql: string): Promise<VersionedServer> {
  const started = await startPostgres(version);
  const { address } = started;
  const client = new Client({ ...address, database: 'postgres' });
  await client.connect();
  await client.query(setupSql);
  const loader = await connectQuery({ ...address, database: 'postgres' });
  const prepared = prepareCatalog(await loadCatalog(loader.query, 1));
  await loader.end();
  return {
    version,
    client,
    prepared,
    stop: async () => {
      await client.end();
      await started.stop();
    },
  };
}

export type Outcome =
  | { readonly kind: 'accepted'; readonly rows: readonly unknown[]; readonly columns: readonly string[] }
  | { readonly kind: 'rejected'; readonly message: string };

/** Runs one statement in a transaction that is rolled back. */
export async function run({ client }: VersionedServer, sql: string, path: readonly string[]): Promise<Outcome> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL search_path = ${path.join(', ')}`);
    const { rows, fields } = await client.query(sql);
    return { kind: 'accepted', rows, columns: (fields ?? []).map((field) => field.name) };
  } catch (error) {
    return { kind: 'rejected', message: error instanceof Error ? error.message : String(error) };
  } finally {
    await client.query('ROLLBACK');
  }
}

export function read({ prepared }: VersionedServer, sql: string, searchPath: readonly string[]): Reading {
  const namespace: Namespace = { searchPath, role: 'postgres', tempRelations: [], key: searchPath.join() };
  return analyseText(sql, namespace, prepared, { maxNesting: 1000 });
}

/** `select probe.t.x`, for each access of a reading. */
export function touched(reading: Reading): readonly string[] {
  if (reading.kind === 'refused') return [`refused: ${reading.refusal.message}`];
  return reading.facts.statements.flatMap(({ accesses }) =>
    accesses.map(({ action, resource }: Access) => `${action} ${resourceKey(resource)}`),
  );
}
