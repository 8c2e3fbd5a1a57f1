import type { Catalog, QueryFn } from './catalog.ts';
import { QUERIES } from './load-queries.ts';
import type { PackedCatalog } from './packed-catalog.ts';
import { type PackedRows, packRows } from './packed-rows.ts';
import { requireReadableServer } from './require-server.ts';
import { plainCatalog } from './unpack.ts';

/** Runs one query; supplied by whoever owns the connection. */
export type PackedQueryFn = (sql: string) => Promise<PackedRows>;

/** Settings for the queries: deparsed text must not depend on the session's own. For SET LOCAL, inside of a transaction. */
export const LOADING_SETTINGS = [
  "SET LOCAL search_path = ''",
  'SET LOCAL quote_all_identifiers = off',
  // pg_get_viewdef locks what the view names: behind somebody's ALTER TABLE we rather fail and are tried again.
  "SET LOCAL lock_timeout = '5s'",
  "SET LOCAL statement_timeout = '60s'",
];

/** One snapshot for all queries. */
const BEGIN = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...LOADING_SETTINGS];

/** Results of which the server's own objects are a large part, with the name of the column that has their oid. */
const SPLIT: ReadonlyMap<string, string> = new Map([
  ['relations', 'oid'],
  ['columns', 'attrelid'],
  ['functions', 'oid'],
  ['types', 'oid'],
]);

type NamedQuery = readonly [name: string, sql: string];

const ALL: readonly NamedQuery[] = Object.entries(QUERIES);

/** What is about the server's own objects alone. */
const SYSTEM_QUERIES = ALL.filter(([name]) => SPLIT.has(name)).map((query) => partOf(query, '<'));

/** Everything else: what DDL can change. */
export const USER_QUERIES: readonly NamedQuery[] = ALL.map((query) =>
  SPLIT.has(query[0]) ? partOf(query, '>=') : query,
);

/**
 * Reads a snapshot of everything that statements can name. Needs no rights.
 * @param query one connection that nobody else uses meanwhile, outside of a transaction
 * @throws CatalogError for a server that is not supported; whatever `query` throws (the transaction is rolled back)
 */
export async function readCatalog(query: PackedQueryFn, version: number): Promise<PackedCatalog> {
  await requireReadableServer(query);
  for (const statement of BEGIN) await query(statement);
  try {
    const system = await inTurn(query, SYSTEM_QUERIES);
    const results = await inTurn(query, USER_QUERIES);
    await query('COMMIT');
    return packedCatalog(version, system, results);
  } catch (error) {
    await query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * Puts the results together.
 * @param system of another snapshot of the same database, where a transaction only looks at what DDL can change
 * @param results of USER_QUERIES
 */
export function packedCatalog(
  version: number,
  system: PackedCatalog['system'],
  results: PackedCatalog['results'],
): PackedCatalog {
  const whole = new Map(results);
  for (const [name, { chunks }] of system) {
    whole.set(name, { chunks: [...chunks, ...(results.get(name)?.chunks ?? [])] });
  }
  return { kind: 'packed', version, system, results: whole };
}

/**
 * The same as plain data.
 * @throws CatalogError for answers that we do not understand, besides
 */
export async function loadCatalog(query: QueryFn, version: number): Promise<Catalog> {
  return plainCatalog(await readCatalog(async (sql) => packRows(await query(sql)), version));
}

/** A connection runs one query at a time. */
async function inTurn(query: PackedQueryFn, queries: readonly NamedQuery[]): Promise<Map<string, PackedRows>> {
  const results = new Map<string, PackedRows>();
  for (const [name, sql] of queries) results.set(name, await query(sql));
  return results;
}

function partOf([name, sql]: NamedQuery, side: '<' | '>='): NamedQuery {
  const oid = SPLIT.get(name) ?? 'oid';
  return [name, `SELECT * FROM (${sql}) AS r WHERE r.${oid} OPERATOR(pg_catalog.${side}) 16384::pg_catalog.oid`];
}
