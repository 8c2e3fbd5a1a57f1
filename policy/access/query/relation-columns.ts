import type { CatalogColumn, CatalogRelation } from '../../catalog/catalog.ts';
import type { Via } from '../facts.ts';
import { isTree, list, stringOf } from '../tree.ts';
import { typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import type { Column, Source } from './value.ts';
import { lineageOf, source } from './value.ts';

/**
 * The columns of a table with everything that reading one of them reads: the same column of descendants (their rows come
 * out too) and of ancestors (it is the same data), and the sources of a generated column.
 * @param hasDescendants false for ONLY
 */
export function relationColumns(
  context: Context,
  relation: CatalogRelation,
  hasDescendants: boolean,
): readonly Column[] {
  const key = `${relation.oid} ${hasDescendants}`;
  const known = context.env.memo.columns.get(key);
  if (known !== undefined) return known;
  const columns = relation.columns.map((column) => ({
    name: column.name,
    lineage: lineageOf(sourcesOf(context, relation, column, hasDescendants)),
    type: typeOfOid(context, column.typeOid),
    isCopy: true as const,
  }));
  context.env.memo.columns.set(key, columns);
  return columns;
}

function sourcesOf(
  context: Context,
  relation: CatalogRelation,
  column: CatalogColumn,
  hasDescendants: boolean,
): readonly Source[] {
  const related = relatives(context, relation, hasDescendants).filter((one) => hasColumn(one, column.name));
  const own = [
    columnSource(relation, column.name),
    ...related.map((one) => columnSource(one, column.name, 'inheritance')),
  ];
  if (column.generated === undefined) return own;
  const from = generatedFrom(context, relation, column.generated);
  const generated = from.flatMap((name) => [
    columnSource(relation, name, 'generated'),
    ...related.filter((one) => hasColumn(one, name)).map((one) => columnSource(one, name, 'generated')),
  ]);
  return [...own, ...generated.map((one): Source => ({ ...one, isDerived: true }))];
}

/** Tables whose rows or columns are the same data. */
export function relatives(
  context: Context,
  relation: CatalogRelation,
  hasDescendants: boolean,
): readonly CatalogRelation[] {
  const { index } = context.env;
  return [...(hasDescendants ? index.childrenOf(relation) : []), ...index.ancestorsOf(relation)];
}

export function hasColumn(relation: CatalogRelation, name: string): boolean {
  return relation.columns.some((column) => column.name === name);
}

export function columnSource(relation: CatalogRelation, column: string, via?: Via): Source {
  return source({ kind: 'column', schema: relation.schema, table: relation.name, column }, via);
}

/** A generated column's expression can name columns of its own table only, so the last name of a reference is enough. */
function generatedFrom(context: Context, relation: CatalogRelation, expression: string): readonly string[] {
  const found = new Set<string>();
  for (const statement of context.env.parse(`SELECT ${expression}`)) collectNames(statement, found);
  return relation.columns.map((column) => column.name).filter((name) => found.has(name));
}

function collectNames(node: unknown, into: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) collectNames(item, into);
  else if (isTree(node)) {
    for (const field in node) {
      const value = node[field];
      if (field === 'ColumnRef' && isTree(value)) {
        const name = stringOf(list(value, 'fields').at(-1));
        if (name !== undefined) into.add(name);
      }
      collectNames(value, into);
    }
  }
}
