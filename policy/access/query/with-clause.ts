import { unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, bool, list, names, nodeOf, str, tree } from '../tree.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import { isRecursiveOperation, recursiveRows } from './recursive-cte.ts';
import type { CteFrame, Scope } from './scope.ts';
import { renameColumns } from './scope.ts';
import type { Column, Rows } from './value.ts';
import { BUILTIN, mergeLineages, NO_LINEAGE } from './value.ts';

/**
 * The scope with the statement's common table expressions. Without RECURSIVE each sees only those before it; with it all
 * see all. Every one is analysed, used or not: PostgreSQL wants the right to read them all.
 * @returns `outer` itself where there is no WITH
 */
export function withClause(context: Context, body: Tree, outer: Scope): Scope {
  const clause = tree(body, 'withClause');
  if (clause === undefined) return outer;
  requireKnown('WithClause', clause);
  const ctes = list(clause, 'ctes').map(cteBody);
  return bool(clause, 'recursive') ? recursiveScope(context, ctes, outer) : orderedScope(context, ctes, outer);
}

function cteBody(node: unknown): Tree {
  const body = bodyOf(node, 'CommonTableExpr');
  if (body === undefined) throw unsupported('a common table expression of an unknown shape');
  requireKnown('CommonTableExpr', body);
  return body;
}

function orderedScope(context: Context, ctes: readonly Tree[], outer: Scope): Scope {
  return ctes.reduce<Scope>((scope, cte) => {
    const rows = namedRows(context, cte, plainRows(context, cte, scope), scope);
    const frame: CteFrame = { name: str(cte, 'ctename'), rows: () => rows, parent: scope.ctes };
    return { ...scope, ctes: frame };
  }, outer);
}

/** Names can point forward: each query is analysed when it is first needed. */
function recursiveScope(context: Context, ctes: readonly Tree[], outer: Scope): Scope {
  const analysed = new Map<Tree, Rows | 'inProgress'>();
  const frames: { scope: Scope } = { scope: outer };
  const rowsOf = (cte: Tree): Rows => {
    const known = analysed.get(cte);
    if (known === 'inProgress') throw unsupported('mutual recursion between WITH items');
    if (known !== undefined) return known;
    analysed.set(cte, 'inProgress');
    const rows = selfReferringRows(context, cte, frames.scope);
    analysed.set(cte, rows);
    return rows;
  };
  for (const cte of ctes) {
    const frame: CteFrame = { name: str(cte, 'ctename'), rows: () => rowsOf(cte), parent: frames.scope.ctes };
    frames.scope = { ...frames.scope, ctes: frame };
  }
  for (const cte of ctes) rowsOf(cte);
  return frames.scope;
}

function selfReferringRows(context: Context, cte: Tree, scope: Scope): Rows {
  const named = (rows: Rows): Rows => namedRows(context, cte, rows, scope);
  const operation = bodyOf(cte['ctequery'], 'SelectStmt');
  if (operation === undefined || !isRecursiveOperation(operation)) return named(plainRows(context, cte, scope));
  requireKnown('SelectStmt', operation);
  const inner = withClause(context, operation, level(scope));
  return named(recursiveRows(context, { cte, operation, scope: inner, named }));
}

function level(outer: Scope): Scope {
  return { entries: [], ctes: outer.ctes, parent: outer };
}

function plainRows(context: Context, cte: Tree, scope: Scope): Rows {
  return context.query(cte['ctequery'], cteLevel(cte, scope), context.derived);
}

/** A data-modifying WITH item cannot see names around it; a query can. */
function cteLevel(cte: Tree, scope: Scope): Scope {
  const isQuery = nodeOf(cte['ctequery'])?.tag === 'SelectStmt';
  return isQuery ? level(scope) : { entries: [], ctes: scope.ctes, parent: undefined };
}

/** Column aliases, then the columns that SEARCH and CYCLE add. */
function namedRows(context: Context, cte: Tree, rows: Rows, scope: Scope): Rows {
  const renamed = renameColumns(rows, names(list(cte, 'aliascolnames')));
  const added = [...searchColumn(cte, renamed), ...cycleColumns(context, cte, renamed, scope)];
  return { ...renamed, columns: [...renamed.columns, ...added] };
}

function searchColumn(cte: Tree, rows: Rows): readonly Column[] {
  const clause = tree(cte, 'search_clause');
  if (clause === undefined) return [];
  requireKnown('CTESearchClause', clause);
  return [tracking(str(clause, 'search_seq_column'), names(list(clause, 'search_col_list')), rows)];
}

function cycleColumns(context: Context, cte: Tree, rows: Rows, scope: Scope): readonly Column[] {
  const clause = tree(cte, 'cycle_clause');
  if (clause === undefined) return [];
  requireKnown('CTECycleClause', clause);
  for (const field of ['cycle_mark_value', 'cycle_mark_default']) {
    if (clause[field] !== undefined) context.expression(clause[field], level(scope), 'condition');
  }
  const mark: Column = { name: str(clause, 'cycle_mark_column'), lineage: NO_LINEAGE, type: BUILTIN };
  return [mark, tracking(str(clause, 'cycle_path_column'), names(list(clause, 'cycle_col_list')), rows)];
}

/** An array of the rows passed through: it holds the values of the columns listed. */
function tracking(name: string, tracked: readonly string[], rows: Rows): Column {
  const lineages = rows.columns.filter((column) => tracked.includes(column.name)).map((column) => column.lineage);
  return { name, lineage: mergeLineages(rows.open === undefined ? lineages : [...lineages, rows.open]), type: BUILTIN };
}
