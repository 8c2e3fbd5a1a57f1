import type { CatalogColumn, CatalogForeignKey, CatalogIndexFacts, ForeignKeyAction } from './catalog.ts';
import { CatalogError, flag, int, maybe, oids, type Row, text } from './load-rows.ts';

/** Columns by the oid of their table. */
export type ColumnsByTable = (oid: number) => readonly CatalogColumn[];

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  a: 'noAction',
  r: 'restrict',
  c: 'cascade',
  n: 'setNull',
  d: 'setDefault',
};

/** A row of QUERIES.foreignKeys. */
export function foreignKeyOf(row: Row, columns: ColumnsByTable): CatalogForeignKey {
  const references = int(row, 2);
  return {
    columns: namesOf(columns(int(row, 0)), oids(row, 1)),
    references,
    referencedColumns: namesOf(columns(references), oids(row, 3)),
    onDelete: actionOf(text(row, 4)),
    onUpdate: actionOf(text(row, 5)),
  };
}

/** A row of QUERIES.indexes, with the columns of its table. Columns behind the key (INCLUDE) take no part in uniqueness. */
export function indexOf(row: Row, columns: readonly CatalogColumn[]): CatalogIndexFacts {
  const keys = oids(row, 3).slice(0, int(row, 2));
  return {
    isUnique: flag(row, 1),
    // 0 stands for an expression; system columns have negative numbers.
    columns: namesOf(
      columns,
      keys.filter((number) => number > 0),
    ),
    expressions: [maybe(row, 4), maybe(row, 5)].filter((expression) => expression !== undefined),
  };
}

function actionOf(code: string): ForeignKeyAction {
  const action = ACTIONS[code];
  if (action === undefined) throw new CatalogError(`catalog query: unknown foreign key action "${code}"`);
  return action;
}

function namesOf(columns: readonly CatalogColumn[], numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number) => columns.find((column) => column.number === number)?.name ?? []);
}
