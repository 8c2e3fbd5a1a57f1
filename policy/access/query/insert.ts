import { unknownName, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, str, tree } from '../tree.ts';
import { resTarget, assignedColumn, setClause } from './assignments.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { relationEntry } from './from-item.ts';
import { requireKnown } from './known-fields.ts';
import type { Relation } from './relation-entry.ts';
import { resolveRelation } from './relation-entry.ts';
import { returning } from './returning.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { valuesRow } from './select.ts';
import { unite } from './set-operation.ts';
import type { Column, Reading, Rows, Source, Value } from './value.ts';
import { lineageOf, LITERAL, NO_LINEAGE, ROW, source } from './value.ts';
import { broughtInto, flowInto, flowOpenInto } from './value-flow.ts';
import { withClause } from './with-clause.ts';
import { assign, chargeWholeRow, fireWrite, useDefault, writeColumn } from './write-target.ts';

/** @see transformInsertStmt in PostgreSQL's analyze.c */
export function insert(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  requireKnown('InsertStmt', body);
  const around = withClause(context, body, outer);
  const relation = targetRelation(context, body);
  const target = relationEntry(tree(body, 'relation') ?? {}, relation);
  const rows = insertedRows(context, body, relation, around);
  const columns = insertedColumns(context, body, relation, around, rows);
  columns.forEach((column, at) => {
    const value = rows?.columns[at];
    if (value === undefined) return;
    flowInto(context, relation, column, value);
    assign(context, column, value, relation.location);
  });
  if (rows !== undefined) flowOpenInto(context, relation, rows);
  // Without a list of columns, a query of unknown width may leave any of them to its default.
  const isFilled = list(body, 'cols').length > 0 || rows?.open === undefined;
  for (const column of relation.columns)
    if (!isFilled || !columns.includes(column)) useDefault(context, relation, column.name, relation.location);
  fireWrite(context, relation, 'insert');
  onConflict(context, body, relation, target, around, columns);
  const scope: Scope = { entries: [target], ctes: around.ctes, parent: around };
  return returning(context, body, { relation, target, scope }, reading);
}

/** The target of a write is never a common table expression. */
export function targetRelation(context: Context, body: Tree): Relation {
  const rangeVar = tree(body, 'relation');
  if (rangeVar === undefined) throw unsupported('a write without its table');
  requireKnown('RangeVar', rangeVar);
  return resolveRelation(context, rangeVar);
}

/** What goes in: its values reach a stored row, so they count as output. undefined for DEFAULT VALUES. */
function insertedRows(context: Context, body: Tree, relation: Relation, around: Scope): Rows | undefined {
  const query = body['selectStmt'];
  if (query === undefined) return undefined;
  const values = bodyOf(query, 'SelectStmt');
  if (values === undefined || list(values, 'valuesLists').length === 0 || isDecorated(values)) {
    return context.query(query, level(around), 'output');
  }
  requireKnown('SelectStmt', values);
  const inner = withClause(context, values, level(around));
  const rows = list(values, 'valuesLists').map((row) => insertedValues(context, row, body, relation, level(inner)));
  // Rows of different lengths are PostgreSQL's error to report.
  const width = Math.min(...rows.map((row) => row.columns.length));
  return unite(
    context,
    rows.map((row) => ({ columns: row.columns.slice(0, width) })),
  );
}

function isDecorated(values: Tree): boolean {
  return ['sortClause', 'limitCount', 'limitOffset', 'lockingClause'].some(
    (field) => values[field] !== undefined && !isEmpty(values, field),
  );
}

function isEmpty(values: Tree, field: string): boolean {
  return Array.isArray(values[field]) && list(values, field).length === 0;
}

function level(outer: Scope): Scope {
  return { entries: [], ctes: outer.ctes, parent: outer };
}

const DEFAULT: Value = { lineage: NO_LINEAGE, type: LITERAL };

function insertedValues(context: Context, row: unknown, body: Tree, relation: Relation, scope: Scope): Rows {
  const cells = valuesRow(context, row, scope, 'output');
  cells.forEach((cell, at) => {
    if (cell.kind === 'value') return;
    const named = list(body, 'cols')[at];
    const column = named === undefined ? relation.columns[at]?.name : str(bodyOf(named, 'ResTarget') ?? {}, 'name');
    if (column !== undefined) useDefault(context, relation, column, relation.location);
  });
  const columns = cells.map((cell): Column => ({ ...(cell.kind === 'value' ? cell.value : DEFAULT), name: '' }));
  return { columns };
}

/** A table without columns can have rows. */
function insertRow(context: Context, { stored, location }: Relation): void {
  if (stored === undefined) return;
  const resource = { kind: 'table', schema: stored.schema, table: stored.name } as const;
  context.collector.access({ action: 'insert', resource, usage: 'none', location });
}

/** The columns of the list; without one, as many as there are values. */
function insertedColumns(
  context: Context,
  body: Tree,
  relation: Relation,
  around: Scope,
  rows: Rows | undefined,
): readonly Column[] {
  const named = list(body, 'cols');
  if (named.length > 0) {
    return named.map((node) => assignedColumn(context, resTarget(node), relation, level(around), 'insert'));
  }
  const count = rows === undefined || rows.open !== undefined ? relation.columns.length : rows.columns.length;
  if (count > relation.columns.length && relation.open === undefined) {
    throw unknownName('42601', 'INSERT has more expressions than target columns', relation.location);
  }
  // DEFAULT VALUES fills every column, each with its default.
  const columns = relation.columns.slice(0, count);
  for (const column of columns) writeColumn(context, relation, column, 'insert', relation.location);
  if (columns.length === 0) insertRow(context, relation);
  return rows === undefined ? [] : columns;
}

function onConflict(
  context: Context,
  body: Tree,
  relation: Relation,
  target: RangeEntry,
  around: Scope,
  inserted: readonly Column[],
): void {
  const clause = tree(body, 'onConflictClause');
  if (clause === undefined) return;
  requireKnown('OnConflictClause', clause);
  const scope: Scope = { entries: [target], ctes: around.ctes, parent: around };
  const arbiter = tree(clause, 'infer');
  // Without columns any unique index can be the one: whether the row went in tells if such values are there already.
  if (arbiter === undefined || str(arbiter, 'conname') !== '') chargeConflict(context, inserted, relation);
  infer(context, arbiter, scope);
  if (str(clause, 'action') === 'ONCONFLICT_NOTHING') return;
  const both: Scope = { ...scope, entries: [target, excluded(context, relation)] };
  setClause(context, list(clause, 'targetList'), relation, both);
  if (clause['whereClause'] !== undefined) context.expression(clause['whereClause'], both, 'condition');
  chargeWholeRow(context, relation);
  fireWrite(context, relation, 'update');
}

function chargeConflict(context: Context, inserted: readonly Column[], relation: Relation): void {
  const sources = inserted.flatMap((column) => [...column.lineage.values()]);
  const compared = sources.map((one): Source => source(one.resource, one.via ?? 'constraint'));
  charge(context, lineageOf(compared), 'condition', relation.location);
}

/** The row that was to be inserted: what its values were made of, nothing of the table. */
function excluded(context: Context, relation: Relation): RangeEntry {
  const columns = relation.columns.map((column) => ({ ...column, lineage: broughtInto(context, relation, column) }));
  return { columns, name: 'excluded', rowType: ROW, areColumnsVisible: false };
}

/** ON CONFLICT (columns or expressions) WHERE ...: what decides whether there is a conflict. */
function infer(context: Context, clause: Tree | undefined, scope: Scope): void {
  if (clause === undefined) return;
  requireKnown('InferClause', clause);
  for (const node of list(clause, 'indexElems')) {
    const element = bodyOf(node, 'IndexElem');
    if (element === undefined) throw unsupported('a conflict target of an unknown shape', locationOf(clause));
    requireKnown('IndexElem', element);
    const name = str(element, 'name');
    const expression = name === '' ? element['expr'] : columnNode(name, locationOf(clause));
    context.expression(expression, scope, 'condition');
  }
  if (clause['whereClause'] !== undefined) context.expression(clause['whereClause'], scope, 'condition');
}

function columnNode(name: string, location: number | undefined): unknown {
  return { ColumnRef: { fields: [{ String: { sval: name } }], location: location ?? -1 } };
}
