import type { CatalogForeignKey, CatalogRelation, ForeignKeyAction } from '../../catalog/catalog.ts';
import type { Resource } from '../facts.ts';
import type { Context } from './context.ts';
import { fireTriggers } from '../functions/triggers.ts';
import { reportWrite, writeFacts, type WriteEvent } from './write-facts.ts';

/**
 * What PostgreSQL looks up in other rows when a column gets a value, and says in its error: unique keys tell whether the
 * value is there already, foreign keys whether the other table has it.
 */
export function chargeKeysOf(context: Context, table: CatalogRelation, column: string, location?: number): void {
  for (const unique of writeFacts(context, table).uniqueKeys) {
    if (unique.includes(column)) compared(context, table, unique, location);
  }
  for (const key of table.foreignKeys ?? []) {
    const other = context.env.index.relationByOid(key.references);
    if (other !== undefined && key.columns.includes(column)) compared(context, other, key.referencedColumns, location);
  }
}

/**
 * What a stored row says when one column of it is changed: a CHECK, a generated column or an index is worked out from the
 * new value and the others, and fails or not.
 */
export function chargeEvaluated(context: Context, table: CatalogRelation, column: string, location?: number): void {
  for (const columns of writeFacts(context, table).evaluatedTogether) {
    const others = columns.filter((other) => other !== column);
    if (others.length < columns.length) compared(context, table, others, location);
  }
}

/** The columns decide whether the write succeeds: that is enough to find their values by trying. */
function compared(context: Context, table: CatalogRelation, columns: readonly string[], location?: number): void {
  for (const column of columns) {
    const resource = columnResource(table, column);
    context.collector.access({ action: 'select', resource, usage: 'condition', via: 'constraint', location });
  }
}

function columnResource({ schema, name }: CatalogRelation, column: string): Resource {
  return { kind: 'column', schema, table: name, column };
}

/**
 * Rows that refer to what is deleted or changed: they are deleted or changed with it, or their being there is the error.
 * @param column the column that is changed; undefined for DELETE
 */
export function chargeReferring(
  context: Context,
  table: CatalogRelation,
  column: string | undefined,
  location?: number,
  seen: Set<string> = new Set(),
): void {
  for (const { relation, key } of context.env.index.foreignKeysTo(table)) {
    if (column !== undefined && !key.referencedColumns.includes(column)) continue;
    const action = column === undefined ? key.onDelete : key.onUpdate;
    // Foreign keys can form circles.
    const step = `${relation.oid} ${key.columns.join()} ${action} ${column === undefined}`;
    if (seen.has(step)) continue;
    seen.add(step);
    follow(context, { relation, key, action, isDelete: column === undefined, seen }, location);
  }
}

type Step = {
  readonly relation: CatalogRelation;
  readonly key: CatalogForeignKey;
  readonly action: ForeignKeyAction;
  readonly isDelete: boolean;
  readonly seen: Set<string>;
};

function follow(context: Context, step: Step, location?: number): void {
  const { relation, key, action, isDelete, seen } = step;
  compared(context, relation, key.columns, location);
  switch (action) {
    case 'noAction':
    case 'restrict':
      return;
    case 'cascade':
      if (isDelete) deleteReferring(context, relation, seen, location);
      else updateReferring(context, step, location);
      return;
    case 'setNull':
    case 'setDefault':
      updateReferring(context, step, location);
  }
}

function deleteReferring(context: Context, relation: CatalogRelation, seen: Set<string>, location?: number): void {
  const { schema, name } = relation;
  const resource: Resource = { kind: 'table', schema, table: name };
  context.collector.access({ action: 'delete', resource, usage: 'none', via: 'constraint', location });
  fire(context, relation, 'delete', location);
  chargeReferring(context, relation, undefined, location, seen);
}

function updateReferring(context: Context, { relation, key, action, seen }: Step, location?: number): void {
  for (const column of key.columns) {
    const resource = columnResource(relation, column);
    context.collector.access({ action: 'update', resource, usage: 'write', via: 'constraint', location });
    if (action === 'setDefault')
      reportWrite(context, writeFacts(context, relation).defaults.get(column) ?? [], location);
    chargeEvaluated(context, relation, column, location);
    chargeReferring(context, relation, column, location, seen);
  }
  fire(context, relation, 'update', location);
}

function fire(context: Context, relation: CatalogRelation, event: WriteEvent, location?: number): void {
  fireTriggers(context, { relation, event, location });
  if (event === 'update') reportWrite(context, writeFacts(context, relation).always, location);
}
