import type { QUERIES } from './load-queries.ts';
import { CatalogError } from './load-rows.ts';
import { type PackedRows, PackedRowsReader } from './packed-rows.ts';

export type QueryName = keyof typeof QUERIES;

/** A snapshot as the server sent it. Sent to a thread, it shares its memory with it. */
export type PackedCatalog = {
  readonly kind: 'packed';
  readonly version: number;
  /** By the name of the query. */
  readonly results: ReadonlyMap<string, PackedRows>;
  /** The part of them that is about the server's own objects: initdb made them, and no DDL makes others. */
  readonly system: ReadonlyMap<string, PackedRows>;
};

/** @throws CatalogError where the result is missing */
export function resultOf({ results }: Pick<PackedCatalog, 'results'>, name: QueryName): PackedRows {
  const found = results.get(name);
  if (found === undefined) throw new CatalogError(`catalog query: no result of "${name}"`);
  return found;
}

/** The names of all relations, in lower case. */
export function relationNames(packed: PackedCatalog): ReadonlySet<string> {
  const reader = new PackedRowsReader(resultOf(packed, 'relations'));
  const names = new Set<string>();
  for (const position of reader.positions()) {
    names.add(reader.field(position, 2)?.toString('utf8').toLowerCase() ?? '');
  }
  return names;
}
