import type { Tree } from '../tree.ts';
import { bodyOf, list, str, tree } from '../tree.ts';
import { setClause } from './assignments.ts';
import type { Context } from './context.ts';
import { fromItem, relationEntry } from './from-item.ts';
import { targetRelation } from './insert.ts';
import { requireKnown } from './known-fields.ts';
import { touchTemp } from './relation-entry.ts';
import { returning } from './returning.ts';
import type { RangeEntry, Scope } from './scope.ts';
import type { Reading, Rows } from './value.ts';
import { withClause } from './with-clause.ts';
import { chargeWholeRow, deleteRows, fireWrite } from './write-target.ts';

/** @see transformUpdateStmt in PostgreSQL's analyze.c */
export function update(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  requireKnown('UpdateStmt', body);
  const around = withClause(context, body, outer);
  const relation = targetRelation(context, body);
  touchTemp(context, relation);
  const target = relationEntry(tree(body, 'relation') ?? {}, relation);
  const scope = besideTarget(context, target, list(body, 'fromClause'), around);
  setClause(context, list(body, 'targetList'), relation, scope);
  if (body['whereClause'] !== undefined) context.expression(body['whereClause'], scope, 'condition');
  chargeWholeRow(context, relation);
  const updated = new Set(list(body, 'targetList').map((node) => str(bodyOf(node, 'ResTarget') ?? {}, 'name')));
  fireWrite(context, relation, 'update', updated);
  return returning(context, body, { relation, target, scope }, reading);
}

/** @see transformDeleteStmt in PostgreSQL's analyze.c */
export function remove(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  requireKnown('DeleteStmt', body);
  const around = withClause(context, body, outer);
  const relation = targetRelation(context, body);
  touchTemp(context, relation);
  const target = relationEntry(tree(body, 'relation') ?? {}, relation);
  const scope = besideTarget(context, target, list(body, 'usingClause'), around);
  if (body['whereClause'] !== undefined) context.expression(body['whereClause'], scope, 'condition');
  deleteRows(context, relation);
  fireWrite(context, relation, 'delete');
  return returning(context, body, { relation, target, scope }, reading);
}

/** The target, then the items of FROM or USING, which see one another as in any FROM clause. */
function besideTarget(context: Context, target: RangeEntry, nodes: readonly unknown[], around: Scope): Scope {
  const entries: RangeEntry[] = [target];
  for (const node of nodes) entries.push(...fromItem(context, node, { outer: around, beside: [...entries] }).entries);
  return { entries, ctes: around.ctes, parent: around };
}
