import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bool, list, locationOf, num, str, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import type { Scope } from './scope.ts';
import { unite } from './set-operation.ts';
import type { Column, Lineage, PendingColumn, Rows, Source } from './value.ts';
import { lineageOf, lineageOfRows, mergeLineages, NO_LINEAGE } from './value.ts';

/** `non-recursive term UNION [ALL] recursive term`: the only form in which a WITH item may refer to itself. */
export function isRecursiveOperation(body: Tree): boolean {
  return str(body, 'op') === 'SETOP_UNION';
}

type Recursion = {
  readonly cte: Tree;
  readonly operation: Tree;
  /** The level that both terms see, with the operation's own WITH. */
  readonly scope: Scope;
  /** Column aliases, SEARCH and CYCLE columns: how the item looks to its own recursive term. */
  readonly named: (rows: Rows) => Rows;
};

/**
 * What flows into each column when it can flow round: a column of the recursive term may come from another column of the
 * round before (`SELECT b, a FROM r`). References to itself are placeholders while the term is read; then they are solved.
 */
export function recursiveRows(context: Context, recursion: Recursion): Rows {
  const { cte, operation, scope } = recursion;
  for (const field of ['sortClause', 'limitCount', 'limitOffset', 'lockingClause']) {
    if (operation[field] !== undefined && list(operation, field).length + (tree(operation, field) ? 1 : 0) > 0) {
      throw unsupported(`${field} in a recursive query`, locationOf(cte));
    }
  }
  const left = context.query({ SelectStmt: operation['larg'] }, scope, context.derived);
  const placeholders = left.columns.map((_, index): PendingColumn => ({ index, usages: new Set() }));
  const self = recursion.named(placeholderRows(cte, left, placeholders));
  const frame = { name: str(cte, 'ctename'), rows: () => self, parent: scope.ctes };
  const right = context.query({ SelectStmt: operation['rarg'] }, { ...scope, ctes: frame }, context.derived);
  const rows = solve(unite(context, [left, right]), placeholders);
  for (const placeholder of placeholders) {
    for (const usage of placeholder.usages) {
      charge(context, rows.columns[placeholder.index]?.lineage ?? NO_LINEAGE, usage, locationOf(cte));
    }
  }
  if (!bool(operation, 'all')) charge(context, lineageOfRows(rows), 'condition');
  return rows;
}

function placeholderRows(cte: Tree, left: Rows, placeholders: readonly PendingColumn[]): Rows {
  const columns = left.columns.map((column, at): Column => {
    const pending = placeholders[at];
    const key = `pending ${str(cte, 'ctename')} ${num(cte, 'location')} ${at}`;
    const placeholder: Source = { key, resource: { kind: 'database' }, spans: [], ...(pending ? { pending } : {}) };
    return { ...column, lineage: lineageOf([placeholder]) };
  });
  return left.open === undefined ? { columns } : { columns, open: left.open };
}

/** Replaces this item's placeholders by what they stand for: everything that reaches the column over any number of rounds. */
function solve(rows: Rows, placeholders: readonly PendingColumn[]): Rows {
  const parts = rows.columns.map((column) => split(column.lineage, placeholders));
  const everything = mergeLineages([
    ...parts.map((part) => part.own),
    ...(rows.open ? [split(rows.open, placeholders).own] : []),
  ]);
  const columns = rows.columns.map((column, at): Column => {
    const { name, type } = column;
    if (rows.open !== undefined) return { name, type, lineage: everything };
    const from = reachable(at, parts);
    const lineage = mergeLineages(from.map((one) => parts[one]?.own ?? NO_LINEAGE));
    const isCopy = from.every((one) => rows.columns[one]?.isCopy === true);
    return isCopy ? { name, type, lineage, isCopy } : { name, type, lineage };
  });
  return rows.open === undefined ? { columns } : { columns, open: everything };
}

type Part = { readonly own: Lineage; readonly from: readonly number[] };

function split(lineage: Lineage, placeholders: readonly PendingColumn[]): Part {
  const sources = [...lineage.values()];
  const isOwn = (one: Source): boolean => one.pending !== undefined && placeholders.includes(one.pending);
  const from = sources.filter(isOwn).map((one) => one.pending?.index ?? 0);
  return { own: from.length === 0 ? lineage : lineageOf(sources.filter((one) => !isOwn(one))), from };
}

function reachable(start: number, parts: readonly Part[]): readonly number[] {
  const seen = new Set([start]);
  for (const at of seen) for (const next of parts[at]?.from ?? []) seen.add(next);
  return [...seen];
}
