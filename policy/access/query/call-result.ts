import type { CatalogFunction } from '../../catalog/catalog.ts';
import { afterCall } from '../functions/body-arguments.ts';
import { resultValue } from '../functions/result.ts';
import type { BodyFacts } from './body-facts.ts';
import { isBuiltinOid, typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import { madeOf } from './expression-types.ts';
import type { Column, StaticType, Value } from './value.ts';
import { joinTypes, mergeLineages, UNDETERMINED } from './value.ts';

/** record, any and the any... pseudo-types: the result's type follows from the arguments. */
const POLYMORPHIC: ReadonlySet<number> = new Set([
  2249, 2276, 2277, 2283, 2287, 2776, 3500, 3831, 4537, 4538, 5077, 5078, 5079, 5080,
]);

/** What the candidates' bodies touch, where they can be read. */
export type Bodies = ReadonlyMap<CatalogFunction, BodyFacts>;

/**
 * What a call gives: all of its arguments flow in, and what the body returns; the type is the one that all candidates agree
 * on.
 */
export function resultOf(
  context: Context,
  candidates: readonly CatalogFunction[],
  args: readonly Value[],
  bodies: Bodies,
): Value {
  const given = mergeLineages(args.map((arg) => arg.lineage));
  const types = candidates.map((fn) => resultType(context, fn, args));
  const type = joinTypes(types);
  const returned = candidates.flatMap((fn, at): readonly Value[] => {
    const body = bodies.get(fn);
    return body === undefined ? [] : [resultValue(context, fn, body.result, types[at] ?? type)];
  });
  const lineage = mergeLineages([given, ...returned.map((value) => afterCall(value.lineage, given))]);
  const [only] = returned;
  if (candidates.length === 1 && only?.fields !== undefined) {
    return { lineage, type, fields: only.fields.map((field) => afterwards(field, given)) };
  }
  const fields = type.kind === 'user' ? rowFields(context, type, lineage) : undefined;
  return fields === undefined ? { lineage, type } : { lineage, type, fields };
}

function resultType(context: Context, fn: CatalogFunction, args: readonly Value[]): StaticType {
  if (!POLYMORPHIC.has(fn.returnTypeOid)) return typeOfOid(context, fn.returnTypeOid);
  if (!isBuiltinOid(fn.oid)) return UNDETERMINED;
  // A built-in only hands on what it got, and the casts of that have been reported.
  return madeOf(
    context,
    args.map((arg) => arg.type),
  );
}

function afterwards(field: Column, given: Value['lineage']): Column {
  return { name: field.name, type: field.type, lineage: mergeLineages([given, afterCall(field.lineage, given)]) };
}

/** The columns of a composite result. What the function reads is the function's matter: they carry its arguments only. */
function rowFields(
  context: Context,
  type: Extract<StaticType, { kind: 'user' }>,
  lineage: Value['lineage'],
): readonly Column[] | undefined {
  const oid = type.type.relationOid;
  const relation = oid === undefined ? undefined : context.env.index.relationByOid(oid);
  return relation?.columns.map((column) => ({ name: column.name, lineage, type: typeOfOid(context, column.typeOid) }));
}
