import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, str, tree } from '../tree.ts';
import { assignedColumn, resTarget, setClause } from './assignments.ts';
import type { Context } from './context.ts';
import { fromItem, relationEntry } from './from-item.ts';
import { targetRelation } from './insert.ts';
import { requireKnown } from './known-fields.ts';
import type { Relation } from './relation-entry.ts';
import { touchRelation } from './relation-entry.ts';
import { returning } from './returning.ts';
import type { RangeEntry, Scope } from './scope.ts';
import type { Column, Reading, Rows } from './value.ts';
import { flowInto } from './value-flow.ts';
import { valueList } from './value-list.ts';
import { withClause } from './with-clause.ts';
import { assign, chargeWholeRow, deleteRows, fireWrite, useDefault, writeColumn } from './write-target.ts';

type Arms = {
  readonly relation: Relation;
  readonly target: readonly RangeEntry[];
  readonly source: readonly RangeEntry[];
};

/** @see transformMergeStmt in PostgreSQL's parse_merge.c */
export function merge(context: Context, body: Tree, outer: Scope, reading: Reading): Rows {
  requireKnown('MergeStmt', body);
  const around = withClause(context, body, outer);
  const relation = targetRelation(context, body);
  // Which arm runs tells whether a row is there, even where the condition names no column of the target.
  touchRelation(context, relation);
  const target = relationEntry(tree(body, 'relation') ?? {}, relation);
  const source = fromItem(context, body['sourceRelation'], { outer: around, beside: [] }).entries;
  const arms: Arms = { relation, target: [target], source };
  const both: Scope = { entries: [...source, target], ctes: around.ctes, parent: around };
  context.expression(body['joinCondition'], both, 'condition');
  for (const node of list(body, 'mergeWhenClauses')) whenClause(context, node, arms, around);
  return returning(context, body, { relation, target, scope: both }, reading);
}

function whenClause(context: Context, node: unknown, arms: Arms, around: Scope): void {
  const clause = bodyOf(node, 'MergeWhenClause');
  if (clause === undefined) throw unsupported('a WHEN clause of an unknown shape');
  requireKnown('MergeWhenClause', clause);
  const scope: Scope = { entries: visible(clause, arms), ctes: around.ctes, parent: around };
  if (clause['condition'] !== undefined) context.expression(clause['condition'], scope, 'condition');
  const command = str(clause, 'commandType');
  switch (command) {
    case 'CMD_UPDATE':
      setClause(context, list(clause, 'targetList'), arms.relation, scope);
      chargeWholeRow(context, arms.relation);
      return fireWrite(context, arms.relation, 'update');
    case 'CMD_DELETE':
      deleteRows(context, arms.relation);
      return fireWrite(context, arms.relation, 'delete');
    case 'CMD_INSERT':
      insertRow(context, clause, arms.relation, scope);
      return fireWrite(context, arms.relation, 'insert');
    case 'CMD_NOTHING':
      return;
    default:
      throw unsupported(command);
  }
}

/** A row without a match has no columns of the other side. */
function visible(clause: Tree, arms: Arms): readonly RangeEntry[] {
  const kind = str(clause, 'matchKind');
  switch (kind) {
    case 'MERGE_WHEN_NOT_MATCHED_BY_TARGET':
      return arms.source;
    case 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE':
      return arms.target;
    default:
      return [...arms.source, ...arms.target];
  }
}

function insertRow(context: Context, clause: Tree, relation: Relation, scope: Scope): void {
  const cells = valueList(context, list(clause, 'values'), scope, 'output');
  const columns = insertColumns(context, clause, relation, scope, cells.length);
  cells.forEach((cell, at) => {
    const column = columns[at];
    if (column === undefined) return;
    if (cell.kind === 'value') {
      flowInto(context, relation, column, cell.value);
      assign(context, column, cell.value, relation.location);
    } else useDefault(context, relation, column.name, relation.location);
  });
  for (const column of relation.columns) {
    if (!columns.slice(0, cells.length).includes(column)) useDefault(context, relation, column.name, relation.location);
  }
}

function insertColumns(
  context: Context,
  clause: Tree,
  relation: Relation,
  scope: Scope,
  count: number,
): readonly Column[] {
  const named = list(clause, 'targetList');
  if (named.length > 0) return named.map((node) => assignedColumn(context, resTarget(node), relation, scope, 'insert'));
  const columns = count === 0 ? relation.columns : relation.columns.slice(0, count);
  for (const column of columns) writeColumn(context, relation, column, 'insert', relation.location);
  return columns;
}
