import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, nodeOf, num, str } from '../tree.ts';
import { construct, consume } from './calls.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { Relation } from './relation-entry.ts';
import type { Scope } from './scope.ts';
import type { Column, Value } from './value.ts';
import { NOTHING, UNDETERMINED } from './value.ts';
import { flowInto } from './value-flow.ts';
import { assign, targetColumn, useDefault, writeColumn } from './write-target.ts';

/** SET of an UPDATE, of ON CONFLICT DO UPDATE and of MERGE. */
export function setClause(context: Context, nodes: readonly unknown[], relation: Relation, scope: Scope): void {
  let row: MultipleValues = { fields: [], any: NOTHING };
  for (const node of nodes) {
    const body = resTarget(node);
    const column = assignedColumn(context, body, relation, scope, 'update');
    const multiple = bodyOf(body['val'], 'MultiAssignRef');
    if (multiple === undefined) setColumn(context, body, column, relation, scope);
    else {
      requireKnown('MultiAssignRef', multiple);
      // The grammar repeats the source for every column: it is read once.
      if (num(multiple, 'colno') === 1) row = multipleValues(context, multiple['source'], scope);
      assignPart(context, multiple, row, column, relation, body);
    }
  }
}

function setColumn(context: Context, body: Tree, column: Column, relation: Relation, scope: Scope): void {
  if (nodeOf(body['val'])?.tag === 'SetToDefault') return useDefault(context, relation, column.name, locationOf(body));
  const value = context.expression(body['val'], scope, 'output');
  assignValue(context, relation, column, value, body);
}

function assignValue(context: Context, relation: Relation, column: Column, value: Value, body: Tree): void {
  const location = locationOf(body);
  if (list(body, 'indirection').length === 0) {
    flowInto(context, relation, column, value);
    assign(context, column, value, location);
  } else {
    flowInto(context, relation, column, { lineage: value.lineage, type: value.type });
    assignInside(context, column, value, location);
  }
}

/** `SET ids[1] = ...`, `SET box.label = ...`: a new value of the whole column's type is made. */
function assignInside(context: Context, column: Column, value: Value, location?: number): void {
  consume(context, value, location);
  construct(context, column.type, location);
}

/** The row of `SET (a, b) = ...`; `any` for a position of which it is not known what it holds. */
type MultipleValues = { readonly fields: readonly Value[]; readonly any: Value };

function multipleValues(context: Context, source: unknown, scope: Scope): MultipleValues {
  const value = context.expression(source, scope, 'output');
  return { fields: value.fields ?? [value], any: { lineage: value.lineage, type: UNDETERMINED } };
}

function assignPart(
  context: Context,
  multiple: Tree,
  row: MultipleValues,
  column: Column,
  relation: Relation,
  body: Tree,
): void {
  const at = num(multiple, 'colno') - 1;
  const part = bodyOf(multiple['source'], 'RowExpr');
  const isDefault = part !== undefined && nodeOf(list(part, 'args')[at])?.tag === 'SetToDefault';
  if (isDefault) return useDefault(context, relation, column.name, locationOf(body));
  assignValue(context, relation, column, row.fields[at] ?? row.any, body);
}

export function resTarget(node: unknown): Tree {
  const body = bodyOf(node, 'ResTarget');
  if (body === undefined) throw unsupported('a target of an unknown shape');
  requireKnown('ResTarget', body);
  return body;
}

/** The column that a target names, its write reported; subscripts are read, fields are parts of the column. */
export function assignedColumn(
  context: Context,
  body: Tree,
  relation: Relation,
  scope: Scope,
  action: 'insert' | 'update',
): Column {
  const location = locationOf(body);
  const column = targetColumn(relation, str(body, 'name'), location);
  writeColumn(context, relation, column, action, location);
  for (const step of list(body, 'indirection')) {
    const indices = bodyOf(step, 'A_Indices');
    if (indices === undefined) continue;
    requireKnown('A_Indices', indices);
    for (const field of ['lidx', 'uidx']) {
      if (indices[field] !== undefined) context.expression(indices[field], scope, 'output');
    }
  }
  return column;
}
