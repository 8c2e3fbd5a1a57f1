import { unsupported } from '../refusal.ts';
import type { Context } from './context.ts';

/** The version whose grammar first read these names as syntax. Before it they are calls of whatever is called so. */
const SINCE: ReadonlyMap<string, number> = new Map([
  ['JsonObjectConstructor', 16],
  ['JsonArrayConstructor', 16],
  ['JsonArrayQueryConstructor', 16],
  ['JsonObjectAgg', 16],
  ['JsonArrayAgg', 16],
  ['JsonIsPredicate', 16],
  ['JsonFuncExpr', 17],
  ['JsonParseExpr', 17],
  ['JsonScalarExpr', 17],
  ['JsonSerializeExpr', 17],
  ['JsonTable', 17],
  ['MergeSupportFunc', 17],
]);

/**
 * Our parser is PostgreSQL 18's. Attack otherwise: on version 15 `json_scalar(17)` calls a function that somebody made
 * under that name, and here it looks like harmless syntax.
 */
export function requireServer(context: Context, tag: string, location?: number): void {
  const since = SINCE.get(tag);
  const version = Math.floor(context.env.index.catalog.serverVersion / 10_000);
  if (since !== undefined && version < since) throw unsupported(`${tag}, syntax of PostgreSQL ${since}`, location);
}
