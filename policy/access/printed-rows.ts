import type { CatalogIndex } from '../catalog/catalog-index.ts';
import type { CatalogRelation } from '../catalog/catalog.ts';
import type { Namespace } from './analyzer.ts';
import type { Access, PrintedRow, StatementFacts } from './facts.ts';

/**
 * Adds the tables whose rows an error message of the statement may show whole: a constraint that a change breaks prints the
 * row that breaks it, whichever columns the statement names (`UPDATE customers SET name = NULL`).
 */
export function withPrintedRows(facts: StatementFacts, index: CatalogIndex, namespace: Namespace): StatementFacts {
  const rows = new Map<string, PrintedRow>();
  for (const access of facts.accesses) {
    for (const row of printedBy(access, index, namespace)) rows.set(JSON.stringify([row.schema, row.table]), row);
  }
  return rows.size === 0 ? facts : { ...facts, printedRows: [...rows.values()] };
}

/** Errors of these show no row that was there before: what an INSERT writes is the writer's own. */
const PRINT_NOTHING: ReadonlySet<Access['action']> = new Set(['insert', 'lock', 'truncate']);

function printedBy({ action, resource }: Access, index: CatalogIndex, namespace: Namespace): readonly PrintedRow[] {
  if ((resource.kind !== 'table' && resource.kind !== 'column') || PRINT_NOTHING.has(action)) return [];
  const found = index.resolveRelation(namespace, { schema: resource.schema, name: resource.table });
  if (found?.kind !== 'relation') return [];
  // A line of a foreign file that cannot be read is printed whole.
  if (action === 'select') return found.relation.kind === 'foreignTable' ? [rowOf(found.relation)] : [];
  return [found.relation, ...index.childrenOf(found.relation)].map(rowOf);
}

function rowOf({ schema, name, columns }: CatalogRelation): PrintedRow {
  return { schema, table: name, columns: columns.map((column) => column.name) };
}
