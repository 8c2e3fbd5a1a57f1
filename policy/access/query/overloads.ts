import type { CatalogFunction } from '../../catalog/catalog.ts';
import { isBuiltinOid } from './calls.ts';
import { canPass } from './can-pass.ts';
import type { Context } from './context.ts';
import type { StaticType, Value } from './value.ts';

/**
 * Built-in types between which there are implicit casts, by family; from one family to another there are none (pg_cast). Types
 * that are not listed may be cast to anything.
 */
const FAMILIES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    number: [20, 21, 23, 700, 701, 1700],
    string: [18, 19, 25, 1042, 1043],
    boolean: [16],
    time: [1082, 1083, 1114, 1184, 1186, 1266],
    json: [114],
    jsonb: [3802],
    uuid: [2950],
    bytes: [17],
  }).flatMap(([family, oids]) => oids.map((oid) => [oid, family] as const)),
);

/**
 * The overloads that a call with these arguments can mean: the one whose parameters are just the arguments' types, else all
 * to which they can be cast. Where a type is not known, all count.
 * @see func_get_detail and func_select_candidate in PostgreSQL's parse_func.c
 */
export function possibleOverloads(
  context: Context,
  candidates: readonly CatalogFunction[],
  args: readonly Value[],
): readonly CatalogFunction[] {
  if (candidates.length < 2 || candidates.some((fn) => fn.isVariadic)) return candidates;
  const exact = candidates.filter((fn) => args.every((arg, at) => isExactly(arg.type, fn.argTypeOids[at])));
  if (exact.length > 0) return exact;
  const fitting = candidates.filter((fn) => args.every((arg, at) => fits(context, arg.type, fn.argTypeOids[at] ?? 0)));
  return fitting.length > 0 ? fitting : candidates;
}

/** Only of types whose oid is sure: of arrays and their elements it is not. */
function isExactly(type: StaticType, parameter: number | undefined): boolean {
  return type.kind === 'builtin' && type.oid !== undefined && FAMILIES.has(type.oid) && type.oid === parameter;
}

function fits(context: Context, type: StaticType, parameter: number): boolean {
  const own = type.kind === 'builtin' ? FAMILIES.get(type.oid ?? 0) : undefined;
  if (own === undefined) return canPass(context, type, parameter);
  const wanted = FAMILIES.get(parameter);
  if (isBuiltinOid(parameter)) return wanted === undefined || wanted === own || hasUserCast(context, parameter);
  return canPass(context, type, parameter);
}

/** Somebody has made a cast to the type: it may be one from this type, and implicit. */
function hasUserCast(context: Context, parameter: number): boolean {
  return context.env.index.catalog.userCasts.some((cast) => cast.targetTypeOid === parameter);
}
