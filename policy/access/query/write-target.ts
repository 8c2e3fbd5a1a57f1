import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Resource } from '../facts.ts';
import { unknownColumnOfRelation } from '../refusal.ts';
import { construct, convert } from './calls.ts';
import { chargeEvaluated, chargeKeysOf, chargeReferring } from './constraints.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { relationColumns, relatives } from './relation-columns.ts';
import type { Relation } from './relation-entry.ts';
import { chargeRowSecurity } from './row-security.ts';
import { namedColumn } from './scope.ts';
import type { Column, Source, Value } from './value.ts';
import { lineageOf, source, UNDETERMINED } from './value.ts';
import { chargeView, viewFacts } from './views.ts';
import type { WriteEvent } from './write-facts.ts';
import { fireTriggers } from '../functions/triggers.ts';
import { reportWrite, writeFacts } from './write-facts.ts';

/** The column of the target that a SET or a column list names. */
export function targetColumn(relation: Relation, name: string, location?: number): Column {
  const column = namedColumn(relation.columns, name, location);
  if (column === undefined && relation.open !== undefined) return { name, lineage: relation.open, type: UNDETERMINED };
  if (column === undefined) throw unknownColumnOfRelation(name, relation.name, location);
  return column;
}

/** Reports a write of one column; through a view, of the base columns behind it as well. */
export function writeColumn(
  context: Context,
  relation: Relation,
  column: Column,
  action: 'insert' | 'update',
  location?: number,
): void {
  if (relation.stored === undefined) return;
  const { schema, name } = relation;
  const resource: Resource = { kind: 'column', schema, table: name, column: column.name };
  context.collector.access({ action, resource, usage: 'write', location });
  chargeConstraints(context, relation, column.name, action, location);
  if (relation.kind !== 'view') return;
  for (const one of column.lineage.values()) {
    if (one.via === undefined) continue;
    context.collector.access({ action, resource: one.resource, usage: 'write', via: 'view', location });
    if (one.resource.kind === 'column') chargeConstraints(context, relation, one.resource.column, action, location);
  }
}

/** In every table that the write reaches: partitions and children have keys of their own. */
function chargeConstraints(
  context: Context,
  relation: Relation,
  column: string,
  action: 'insert' | 'update',
  location?: number,
): void {
  for (const table of storedTables(context, relation)) {
    chargeKeysOf(context, table, column, location);
    if (action === 'insert') continue;
    chargeEvaluated(context, table, column, location);
    chargeReferring(context, table, column, location);
  }
}

/** A value becomes the column's: domains are checked, casts run. */
export function assign(context: Context, column: Column, value: Value, location?: number): void {
  convert(context, value, column.type, location);
}

/** The column gets its default, which may call something. */
export function useDefault(context: Context, relation: Relation, column: string, location?: number): void {
  for (const table of storedTables(context, relation)) {
    const { defaults } = writeFacts(context, table);
    for (const name of namesIn(table, relation, column)) reportWrite(context, defaults.get(name) ?? [], location);
  }
  // A domain has a default of its own, and checks NULL as well.
  const target = relation.columns.find(({ name }) => name === column);
  if (target !== undefined) construct(context, target.type, location);
}

/** Behind a view a column has another name, or several tables may have it. */
function namesIn(table: CatalogRelation, relation: Relation, column: string): readonly string[] {
  if (relation.kind !== 'view' || table === relation.stored) return [column];
  const sources = relation.columns.find(({ name }) => name === column)?.lineage.values() ?? [];
  return [...sources].flatMap(({ resource }) => (isColumnOf(table, resource) ? [resource.column] : []));
}

function isColumnOf(
  { schema, name }: CatalogRelation,
  resource: Resource,
): resource is Extract<Resource, { kind: 'column' }> {
  return resource.kind === 'column' && resource.schema === schema && resource.table === name;
}

/** Columns that a view does not show are filled by their defaults. */
function useHiddenDefaults(context: Context, relation: Relation, table: CatalogRelation): void {
  const shown = new Set(relation.columns.flatMap(({ name }) => namesIn(table, relation, name)));
  for (const [column, accesses] of writeFacts(context, table).defaults) {
    if (!shown.has(column)) reportWrite(context, accesses, relation.location);
  }
}

/** What every row written sets off: CHECKs, generated columns, triggers, rules. */
export function fireWrite(
  context: Context,
  relation: Relation,
  event: WriteEvent,
  updated?: ReadonlySet<string>,
): void {
  context.collector.locking();
  const { location } = relation;
  if (relation.kind === 'view' && relation.stored !== undefined) chargeView(context, relation.stored, location);
  for (const table of storedTables(context, relation)) {
    // Behind a view the columns have other names.
    const columns = relation.kind === 'view' ? undefined : updated;
    for (const fired of eventsOf(context, table, event))
      fireTriggers(context, { relation: table, event: fired, location, columns });
    if (event === 'insert' && relation.kind === 'view') useHiddenDefaults(context, relation, table);
    if (event === 'delete') chargeReferring(context, table, undefined, location);
    // What is changed or deleted is found first, under the policies of reads.
    if (event === 'delete' || event === 'update') chargeRowSecurity(context, table, location);
    if (event === 'insert' || event === 'update') reportWrite(context, writeFacts(context, table).always, location);
  }
}

/** An UPDATE that moves a row to another partition deletes it in one and inserts it in the other. */
function eventsOf({ env }: Context, table: CatalogRelation, event: WriteEvent): readonly WriteEvent[] {
  const isPartition = env.index.ancestorsOf(table).some(({ kind }) => kind === 'partitionedTable');
  return event === 'update' && isPartition ? ['update', 'delete', 'insert'] : [event];
}

/**
 * The tables that the write reaches: the target, partitions and children (an INSERT is routed into partitions only, but the
 * more cautious answer costs little), and behind a view the tables that it shows.
 */
function storedTables(context: Context, relation: Relation): readonly CatalogRelation[] {
  if (relation.stored === undefined) return [];
  const { index } = context.env;
  const ancestors = new Set(index.ancestorsOf(relation.stored));
  const own = [relation.stored, ...relatives(context, relation.stored, relation.hasDescendants)];
  if (relation.kind !== 'view') return own.filter((one) => !ancestors.has(one));
  const behind = new Set<CatalogRelation>(own);
  for (const column of relation.columns) {
    for (const one of column.lineage.values()) {
      const base =
        one.resource.kind === 'column' ? lookUp(context, one.resource.schema, one.resource.table) : undefined;
      if (base !== undefined) behind.add(base);
    }
  }
  // A view may show no column of the table that it writes to.
  for (const { schema, table } of viewFacts(context, relation.stored, relation.location).tables) {
    const base = lookUp(context, schema, table);
    if (base !== undefined) for (const one of [base, ...index.childrenOf(base)]) behind.add(one);
  }
  return [...behind];
}

function lookUp(context: Context, schema: string, name: string): CatalogRelation | undefined {
  const found = context.env.index.resolveRelation(context.env.namespace, { schema, name });
  return found?.kind === 'relation' ? found.relation : undefined;
}

/**
 * An UPDATE of a view with triggers or rules hands them whole rows, for whatever they do; a temporary table's may have come
 * from anywhere. (A constraint that an UPDATE of a table breaks prints the whole row as well, but there the session hides
 * the values: see printable.ts.)
 */
export function chargeWholeRow(context: Context, relation: Relation): void {
  const { stored } = relation;
  if (stored !== undefined && !hasCode(stored)) return;
  const behind = stored === undefined ? [] : storedTables(context, relation).filter((one) => one !== stored);
  const columns = [...relation.columns, ...behind.flatMap((table) => relationColumns(context, table, true))];
  const sources = columns.flatMap((column) => [...column.lineage.values()]);
  const printed = sources.map((one): Source => source(one.resource, one.via ?? 'constraint'));
  charge(context, lineageOf(printed), 'condition', relation.location);
}

function hasCode({ kind, triggers, rules }: CatalogRelation): boolean {
  return kind === 'view' && (triggers.length > 0 || rules.length > 0);
}

/** Reports the removal of rows; through a view, from the tables behind it. */
export function deleteRows(context: Context, relation: Relation): void {
  if (relation.stored === undefined) return;
  const { location } = relation;
  for (const table of storedTables(context, { ...relation, hasDescendants: false })) {
    const resource: Resource = { kind: 'table', schema: table.schema, table: table.name };
    if (table === relation.stored) context.collector.access({ action: 'delete', resource, usage: 'none', location });
    else context.collector.access({ action: 'delete', resource, usage: 'none', via: 'view', location });
  }
}
