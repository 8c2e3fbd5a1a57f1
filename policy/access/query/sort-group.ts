import { ambiguousColumn, unknownColumn, unknownName, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, list, locationOf, names, nodeOf, num, str, stringOf, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { requireKnown } from './known-fields.ts';
import { useOperator } from './operators.ts';
import type { Scope } from './scope.ts';
import { localColumn, openValue } from './scope.ts';
import type { Column, Rows, Value } from './value.ts';
import { lineageOfRows, UNDETERMINED } from './value.ts';

/** A bare name or a position can mean an output column: SQL92's rules, findTargetlistEntrySQL92 in parse_clause.c. */
type Kind = 'orderBy' | 'groupBy' | 'distinctOn';

export function orderBy(context: Context, nodes: readonly unknown[], rows: Rows, scope: Scope): void {
  for (const node of nodes) {
    const sort = sortBy(node);
    const value = outputOrInput(context, sort['node'], rows, scope, 'orderBy');
    useSortOperator(context, sort, value);
  }
}

/** After a set operation only output columns can be named. */
export function orderSetOperation(context: Context, nodes: readonly unknown[], rows: Rows, scope: Scope): void {
  for (const node of nodes) {
    const sort = sortBy(node);
    const value = outputColumn(context, sort['node'], rows, 'orderBy', scope);
    if (value === undefined) {
      const location = locationOf(nodeOf(sort['node'])?.body ?? {});
      const name = bareName(sort['node']);
      if (name !== undefined) throw unknownColumn(undefined, name, location);
      throw unknownName('0A000', 'invalid UNION/INTERSECT/EXCEPT ORDER BY clause', location);
    }
    useSortOperator(context, sort, value);
  }
}

export function distinctOn(context: Context, nodes: readonly unknown[], rows: Rows, scope: Scope): void {
  for (const node of nodes) {
    // Plain DISTINCT is a list with one empty node.
    if (nodeOf(node) === undefined) charge(context, lineageOfRows(rows), 'condition');
    else outputOrInput(context, node, rows, scope, 'distinctOn');
  }
}

export function groupBy(context: Context, nodes: readonly unknown[], rows: Rows, scope: Scope): void {
  for (const node of nodes) {
    const tagged = nodeOf(node);
    if (tagged?.tag === 'GroupingSet') {
      requireKnown(tagged.tag, tagged.body);
      groupBy(context, list(tagged.body, 'content'), rows, scope);
    } else if (tagged?.tag === 'RowExpr' && str(tagged.body, 'row_format') === 'COERCE_IMPLICIT_CAST') {
      // (a, b) is a list of expressions here, not a row.
      requireKnown(tagged.tag, tagged.body);
      groupBy(context, list(tagged.body, 'args'), rows, scope);
    } else outputOrInput(context, node, rows, scope, 'groupBy');
  }
}

function outputOrInput(context: Context, node: unknown, rows: Rows, scope: Scope, kind: Kind): Value {
  return outputColumn(context, node, rows, kind, scope) ?? context.expression(node, scope, 'condition');
}

function outputColumn(context: Context, node: unknown, rows: Rows, kind: Kind, scope: Scope): Value | undefined {
  const location = locationOf(nodeOf(node)?.body ?? {});
  const position = positionOf(node);
  if (position !== undefined) return chargeOutput(context, atPosition(rows, position, kind, location), location);
  const name = bareName(node);
  if (name === undefined) return undefined;
  // GROUP BY prefers an input column of this level; ORDER BY and DISTINCT ON the output's.
  if (kind === 'groupBy' && (localColumn(scope, name, location) ?? openValue(scope)) !== undefined) return undefined;
  const found = outputNamed(rows, name, location);
  return found === undefined ? undefined : chargeOutput(context, found, location);
}

function chargeOutput(context: Context, value: Value, location?: number): Value {
  charge(context, value.lineage, 'condition', location);
  return value;
}

function outputNamed(rows: Rows, name: string, location?: number): Value | undefined {
  const found = rows.columns.filter((column) => column.name === name);
  const [first] = found;
  if (first === undefined) return undefined;
  // PostgreSQL refuses two different columns of that name; equal ones are fine.
  if (found.some((column) => !isSameColumn(column, first))) throw ambiguousColumn(name, location);
  return first;
}

function isSameColumn(one: Column, other: Column): boolean {
  return one.lineage.size === other.lineage.size && [...one.lineage.keys()].every((key) => other.lineage.has(key));
}

function atPosition(rows: Rows, position: number, kind: Kind, location?: number): Value {
  const found = rows.columns[position - 1];
  if (rows.open !== undefined) return { lineage: rows.open, type: UNDETERMINED };
  if (found !== undefined) return found;
  const clause = kind === 'groupBy' ? 'GROUP BY' : kind === 'orderBy' ? 'ORDER BY' : 'SELECT DISTINCT ON';
  throw unknownName('42P10', `${clause} position ${position} is not in select list`, location);
}

function positionOf(node: unknown): number | undefined {
  const constant = bodyOf(node, 'A_Const');
  const integer = constant === undefined ? undefined : tree(constant, 'ival');
  return integer === undefined ? undefined : num(integer, 'ival');
}

function bareName(node: unknown): string | undefined {
  const reference = bodyOf(node, 'ColumnRef');
  if (reference === undefined) return undefined;
  const fields = list(reference, 'fields');
  return fields.length === 1 ? stringOf(fields[0]) : undefined;
}

function sortBy(node: unknown): Tree {
  const body = bodyOf(node, 'SortBy');
  if (body === undefined) throw unsupported('a sort key of an unknown shape');
  requireKnown('SortBy', body);
  return body;
}

function useSortOperator(context: Context, sort: Tree, value: Value): void {
  const operator = names(list(sort, 'useOp'));
  if (operator.length > 0) useOperator(context, operator, [value, value], locationOf(sort));
}
