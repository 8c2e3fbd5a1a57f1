import { unknownFunction, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { list, locationOf, names, nodeOf, str } from '../tree.ts';
import { aliasOf, entryOf } from './alias.ts';
import { execute, isBuiltinOid } from './calls.ts';
import type { Context } from './context.ts';
import { joinItem } from './join.ts';
import { requireKnown } from './known-fields.ts';
import { rangeFunction } from './range-function.ts';
import type { Relation } from './relation-entry.ts';
import { resolveRelation, touchRelation } from './relation-entry.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { requireServer } from './server-version.ts';
import { findCte } from './scope.ts';
import { jsonTable, xmlTable } from './table-function.ts';
import type { Rows } from './value.ts';
import { ROW } from './value.ts';

/** A FROM item: the names that it brings in, and its own columns (what a join over it has). */
export type FromItem = { readonly entries: readonly RangeEntry[]; readonly rows: Rows };

/**
 * Where a FROM item stands: `outer` are the names around the query, `beside` the items before it in the same FROM, which
 * only LATERAL items and functions see.
 */
export type FromPlace = { readonly outer: Scope; readonly beside: readonly RangeEntry[] };

/** The names of a FROM clause, in order. */
export function fromClause(context: Context, nodes: readonly unknown[], outer: Scope): readonly RangeEntry[] {
  const entries: RangeEntry[] = [];
  for (const node of nodes) entries.push(...fromItem(context, node, { outer, beside: [...entries] }).entries);
  return entries;
}

/** @see transformFromClauseItem in PostgreSQL's parse_clause.c */
export function fromItem(context: Context, node: unknown, place: FromPlace): FromItem {
  const tagged = nodeOf(node);
  if (tagged === undefined) throw unsupported('a FROM item of an unknown shape');
  const { tag, body } = tagged;
  requireKnown(tag, body);
  requireServer(context, tag, locationOf(body));
  switch (tag) {
    case 'RangeVar':
      return single(rangeVar(context, body, place.outer));
    case 'RangeSubselect':
      return single(subselect(context, body, place));
    case 'RangeFunction':
      return single(rangeFunction(context, body, lateralScope(place)));
    case 'RangeTableFunc':
      return single(xmlTable(context, body, lateralScope(place)));
    case 'JsonTable':
      return single(jsonTable(context, body, lateralScope(place)));
    case 'RangeTableSample':
      return tableSample(context, body, place);
    case 'JoinExpr':
      return joinItem(context, body, place, fromItem);
    default:
      throw unsupported(tag, locationOf(body));
  }
}

function single(entry: RangeEntry): FromItem {
  return { entries: [entry], rows: entry };
}

function lateralScope(place: FromPlace): Scope {
  return { entries: place.beside, ctes: place.outer.ctes, parent: place.outer };
}

/** A name without a schema can be a CTE; one with a schema never is. */
function rangeVar(context: Context, body: Tree, outer: Scope): RangeEntry {
  const alias = aliasOf(body);
  const name = str(body, 'relname');
  const isBare = str(body, 'schemaname') === '' && str(body, 'catalogname') === '';
  const cte = isBare ? findCte(outer, name) : undefined;
  if (cte !== undefined) return entryOf(cte.rows(), alias, name);
  const relation = resolveRelation(context, body);
  touchRelation(context, relation);
  return relationEntry(body, relation);
}

/** A table as a FROM item, or as the target of a write. */
export function relationEntry(rangeVarBody: Tree, relation: Relation): RangeEntry {
  const alias = aliasOf(rangeVarBody);
  const entry = entryOf(relation, alias, relation.name, relation.rowType);
  const withSystem = { ...entry, system: relation.system, location: relation.location };
  return alias === undefined ? { ...withSystem, schema: relation.schema } : withSystem;
}

function subselect(context: Context, body: Tree, place: FromPlace): RangeEntry {
  const scope = body['lateral'] === true ? lateralScope(place) : emptyLevel(place.outer);
  return entryOf(context.query(body['subquery'], scope, context.derived), aliasOf(body), undefined, ROW);
}

/** Not LATERAL: the items beside it are not seen, the levels around are. */
function emptyLevel(outer: Scope): Scope {
  return { entries: [], ctes: outer.ctes, parent: outer };
}

function tableSample(context: Context, body: Tree, place: FromPlace): FromItem {
  const item = fromItem(context, body['relation'], place);
  const scope = emptyLevel(place.outer);
  for (const arg of list(body, 'args')) context.expression(arg, scope, 'condition');
  if (body['repeatable'] !== undefined) context.expression(body['repeatable'], scope, 'condition');
  sampleMethod(context, names(list(body, 'method')), locationOf(body));
  return item;
}

/** A sampling method is a handler function of that name. */
function sampleMethod(context: Context, method: readonly string[], location: number | undefined): void {
  const [name = '', schema] = method.toReversed();
  const object = schema === undefined ? { name } : { schema, name };
  const handlers = context.env.index.resolveFunctions(context.env.namespace, object);
  if (handlers.length === 0) throw unknownFunction(schema, name, location);
  const isBuiltin = handlers.every((handler) => isBuiltinOid(handler.oid)) && ['system', 'bernoulli'].includes(name);
  if (!isBuiltin) for (const handler of handlers) execute(context, handler, location);
}
