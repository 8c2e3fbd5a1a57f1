import { RefusedAnalysis } from '../refusal.ts';
import { majorOf } from '../versions/supported-versions.ts';
import type { Context } from './context.ts';

type Syntax = { readonly since: number; readonly what: string };

/** Syntax that older servers do not have; forms that they take for a plain call are calls by now (see versions/). */
const SINCE: ReadonlyMap<string, Syntax> = new Map([
  ['JsonObjectConstructor', { since: 16, what: 'JSON_OBJECT with keys and values' }],
  ['JsonArrayConstructor', { since: 16, what: 'JSON_ARRAY with RETURNING or FORMAT' }],
  ['JsonArrayQueryConstructor', { since: 16, what: 'JSON_ARRAY of a query' }],
  ['JsonObjectAgg', { since: 16, what: 'JSON_OBJECTAGG' }],
  ['JsonArrayAgg', { since: 16, what: 'JSON_ARRAYAGG with RETURNING or FORMAT' }],
  ['JsonIsPredicate', { since: 16, what: 'IS JSON' }],
  ['JsonFuncExpr', { since: 17, what: 'JSON_EXISTS, JSON_QUERY or JSON_VALUE with clauses' }],
  ['JsonParseExpr', { since: 17, what: 'JSON() with clauses' }],
  ['JsonScalarExpr', { since: 17, what: 'JSON_SCALAR with clauses' }],
  ['JsonSerializeExpr', { since: 17, what: 'JSON_SERIALIZE with clauses' }],
  ['JsonTable', { since: 17, what: 'JSON_TABLE' }],
  ['MergeSupportFunc', { since: 17, what: 'MERGE_ACTION' }],
]);

/**
 * Our parser is PostgreSQL 18's: what it reads and the server does not is refused with the server's version in the text.
 * @throws RefusedAnalysis 42601
 */
export function requireServer(context: Context, tag: string, location?: number): void {
  const syntax = SINCE.get(tag);
  if (syntax === undefined) return;
  const major = majorOf(context.env.index.catalog.serverVersion);
  if (major >= syntax.since) return;
  const message = `${syntax.what} is syntax of PostgreSQL ${syntax.since}, and the server is version ${major}`;
  throw new RefusedAnalysis({ cause: 'syntax', sqlstate: '42601', message }, location);
}
