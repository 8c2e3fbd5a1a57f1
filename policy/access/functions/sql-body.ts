import type { CatalogCode, CatalogFunction } from '../../catalog/catalog.ts';
import { quoteIdent } from '../facts.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, isTree, list, nodeOf, type TaggedNode } from '../tree.ts';
import type { Context } from '../query/context.ts';
import { EMPTY_SCOPE, type RangeEntry } from '../query/scope.ts';
import type { Column, Rows } from '../query/value.ts';
import { ROW } from '../query/value.ts';
import type { Variables } from '../query/variables.ts';
import { type BoundParameter, isInput } from './parameters.ts';

/**
 * Analyses the body of a LANGUAGE sql function.
 * @param context of the body: its namespace, its parameters
 * @returns the rows of the last statement, which are what the function returns
 * @throws RefusedAnalysis for what no rule can vouch for
 */
export function sqlBody(context: Context, fn: CatalogFunction, code: CatalogCode): Rows {
  let rows: Rows = { columns: [] };
  for (const node of statementsOf(context, fn.body ?? '', code)) rows = bodyStatement(context, node);
  return rows;
}

const QUERIES: ReadonlySet<string> = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/** One statement of a body: a query, or anything else that the statements' rules know. */
export function bodyStatement(context: Context, node: unknown): Rows {
  const tagged = nodeOf(node);
  if (tagged === undefined) throw unsupported('a statement of an unknown shape');
  const { env, collector } = context;
  if (QUERIES.has(tagged.tag) && tagged.body['intoClause'] === undefined) {
    const rows = context.query(node, EMPTY_SCOPE, 'unselected');
    env.hooks?.afterQuery(node, env, collector);
    return rows;
  }
  if (env.hooks === undefined) throw unsupported(tagged.tag);
  env.hooks.utility(node, env, collector);
  return { columns: [] };
}

function statementsOf(context: Context, body: string, code: CatalogCode): readonly unknown[] {
  return code.isAtomic ? atomicStatements(context, body) : context.env.parse(body);
}

/** `BEGIN ATOMIC ...; END` and `RETURN ...` are clauses of CREATE FUNCTION. */
function atomicStatements(context: Context, body: string): readonly unknown[] {
  const [statement] = context.env.parse(`CREATE FUNCTION f() RETURNS int LANGUAGE sql ${body}`);
  const create = bodyOf(statement, 'CreateFunctionStmt');
  const parsed = create === undefined ? undefined : nodeOf(create['sql_body']);
  if (parsed === undefined) throw unsupported('a body of an unknown shape');
  return flatten(parsed);
}

/** A list with the list of statements in it, or one RETURN. */
function flatten({ tag, body }: TaggedNode): readonly unknown[] {
  if (tag === 'ReturnStmt') return [{ SelectStmt: asSelect(body['returnval']) }];
  if (tag !== 'List') return [{ [tag]: body }];
  return list(body, 'items').flatMap((item) => {
    const inner = nodeOf(item);
    return inner === undefined ? [] : flatten(inner);
  });
}

function asSelect(expression: unknown): object {
  if (!isTree(expression)) throw unsupported('RETURN of an unknown shape');
  return { targetList: [{ ResTarget: { val: expression } }], op: 'SETOP_NONE' };
}

/**
 * The parameters of an SQL function by name, by `function.name` and by $n.
 * @see sql_fn_post_column_ref in PostgreSQL's functions.c
 */
export function sqlVariables(fn: CatalogFunction, bound: readonly BoundParameter[]): Variables {
  const inputs = bound.filter(({ parameter }) => isInput(parameter));
  const columns = inputs.map(({ parameter, value }): Column => ({ ...value, name: parameter.name }));
  const named = columns.filter((column) => column.name !== '');
  const find = (name: string): Column | undefined => named.find((column) => column.name === name);
  return {
    value: find,
    positional: columns,
    areColumnsFirst: true,
    record: (parts) => {
      const [first, second, ...others] = parts;
      if (others.length > 0) return undefined;
      if (second === undefined && first === fn.name) return entry(first, { columns: named });
      const name = second === undefined ? first : first === fn.name ? second : undefined;
      const value = name === undefined ? undefined : find(name);
      return value === undefined ? undefined : recordEntry(value.name, value);
    },
  };
}

/** A value of a row type under its name; of unknown structure where nothing is known of it. */
export function recordEntry(name: string, value: Column): RangeEntry {
  const rows: Rows =
    value.fields === undefined ? { columns: [], open: value.lineage, openType: value.type } : { columns: value.fields };
  return { ...entry(name, rows), rowType: value.type };
}

export function entry(name: string, rows: Rows): RangeEntry {
  return { ...rows, name, rowType: ROW, areColumnsVisible: false };
}

/** For messages: `public.f`. */
export function shownName(fn: CatalogFunction): string {
  return `${quoteIdent(fn.schema)}.${quoteIdent(fn.name)}`;
}
