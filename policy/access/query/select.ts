import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, nodeOf, str } from '../tree.ts';
import type { Context } from './context.ts';
import { alternatives } from './expression-types.ts';
import { fromClause } from './from-item.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import { setOperation } from './set-operation.ts';
import { distinctOn, groupBy, orderBy, orderSetOperation } from './sort-group.ts';
import { targetList } from './targets.ts';
import type { Column, Reading, Rows } from './value.ts';
import type { Cell } from './value-list.ts';
import { valueList, valuesOf } from './value-list.ts';
import { useWindowClause } from './window.ts';
import { withClause } from './with-clause.ts';

/** SELECT, VALUES, TABLE and set operations of them; `outer` is the level around it. */
export function select(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  requireKnown('SelectStmt', body);
  const around = withClause(context, body, outer);
  if (str(body, 'op') !== 'SETOP_NONE' && str(body, 'op') !== '') {
    const rows = setOperation(context, body, around, reading, select);
    const scope = emptyLevel(around);
    orderSetOperation(context, list(body, 'sortClause'), rows, scope);
    limitAndLock(context, body, scope);
    return rows;
  }
  if (list(body, 'valuesLists').length > 0) return values(context, body, around, reading);
  return plainSelect(context, body, around, reading);
}

/** In the order of transformSelectStmt (analyze.c). */
function plainSelect(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  const entries = fromClause(context, list(body, 'fromClause'), outer);
  const scope: Scope = { entries, ctes: outer.ctes, parent: outer };
  const rows = targetList(context, list(body, 'targetList'), scope, reading);
  for (const field of ['whereClause', 'havingClause']) {
    if (body[field] !== undefined) context.expression(body[field], scope, 'condition');
  }
  orderBy(context, list(body, 'sortClause'), rows, scope);
  groupBy(context, list(body, 'groupClause'), rows, scope);
  distinctOn(context, list(body, 'distinctClause'), rows, scope);
  useWindowClause(context, list(body, 'windowClause'), scope);
  limitAndLock(context, body, scope);
  return rows;
}

function emptyLevel(outer: Scope): Scope {
  return { entries: [], ctes: outer.ctes, parent: outer };
}

/** VALUES: columns column1, column2...; each row's expressions see only the levels around. */
function values(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  const scope = emptyLevel(outer);
  const rows = list(body, 'valuesLists').map((row) => valuesOf(valuesRow(context, row, scope, reading)));
  const columns = (rows[0] ?? []).map((_, at): Column => {
    const cells = rows.flatMap((row) => row[at] ?? []);
    return { ...alternatives(context, cells), name: `column${at + 1}` };
  });
  orderBy(context, list(body, 'sortClause'), { columns }, scope);
  limitAndLock(context, body, scope);
  return { columns };
}

/** One row of VALUES. */
export function valuesRow(context: Context, row: unknown, scope: Scope, reading: Reading): readonly Cell[] {
  const items = bodyOf(row, 'List');
  if (items === undefined) throw unsupported('a row of VALUES of an unknown shape');
  return valueList(context, list(items, 'items'), scope, reading);
}

function limitAndLock(context: Context, body: Tree, scope: Scope): void {
  // LIMIT cannot name columns of its own level; a sub-select in it is read all the same.
  const outer: Scope = { entries: [], ctes: scope.ctes, parent: scope.parent };
  for (const field of ['limitOffset', 'limitCount']) {
    if (body[field] !== undefined) context.expression(body[field], outer, 'condition');
  }
  for (const node of list(body, 'lockingClause')) {
    const clause = nodeOf(node);
    if (clause?.tag !== 'LockingClause') throw unsupported('a locking clause of an unknown shape', locationOf(body));
    requireKnown(clause.tag, clause.body);
    context.collector.locking();
  }
}
