import type { QueryFn } from './catalog.ts';
import { EXACT, ROWS, SNAPSHOT } from './fingerprint-queries.ts';

/** What the catalogs looked like at one moment. `exact` changes whenever a snapshot would; the others save asking for it. */
export type CatalogFingerprint = {
  /** undefined where it cannot tell. */
  readonly snapshot: string | undefined;
  readonly rows: string;
  readonly exact: string;
};

/**
 * Tells whether DDL was done anywhere in the database; for a poller. No locks, no rights needed.
 *
 * Three questions, each asked only when the one before it says that something has happened. Measured on PostgreSQL 18 with
 * 10,000 tables of 20 columns: 0.2 ms where no transaction has written, 60 ms where some have, 200 ms more where catalogs
 * were written.
 * @param before the last one: parts of it are taken over where nothing has happened
 */
export async function catalogFingerprint(query: QueryFn, before?: CatalogFingerprint): Promise<CatalogFingerprint> {
  const snapshot = await ask(query, SNAPSHOT);
  if (before !== undefined && snapshot !== undefined && snapshot === before.snapshot) return before;
  const rows = await value(query, ROWS);
  if (rows === before?.rows) return { ...before, snapshot };
  return { snapshot, rows, exact: await value(query, EXACT) };
}

async function value(query: QueryFn, sql: string): Promise<string> {
  const found = await ask(query, sql);
  if (found === undefined) throw new Error('the catalog fingerprint query gave no row');
  return found;
}

async function ask(query: QueryFn, sql: string): Promise<string | undefined> {
  return (await query(sql))[0]?.[0] ?? undefined;
}
