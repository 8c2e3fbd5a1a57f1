import type { CatalogCode, CatalogFunction } from '../../catalog/catalog.ts';
import type { Argument } from '../query/body-facts.ts';
import { typeOfOid } from '../query/calls.ts';
import type { Context } from '../query/context.ts';
import type { Column, Lineage, StaticType, Value } from '../query/value.ts';
import { mergeLineages, NO_LINEAGE, UNDETERMINED } from '../query/value.ts';

export type Parameter = CatalogCode['parameters'][number];

/** A parameter with what the call gives it. */
export type BoundParameter = { readonly parameter: Parameter; readonly value: Value };

/** record and the any... pseudo-types: the parameter is what the argument is. */
const POLYMORPHIC: ReadonlySet<number> = new Set([
  2249, 2276, 2277, 2283, 2287, 2776, 3500, 3831, 4537, 4538, 5077, 5078, 5079, 5080,
]);

/** Does a call have to give it a value? In CALL, OUT parameters have a place as well. */
export function isInput({ mode }: Parameter): boolean {
  return mode === 'in' || mode === 'inout' || mode === 'variadic';
}

/**
 * Every parameter with the value that it starts with; where it is not known which argument is whose, each may be.
 * @param defaults what flows into the values of parameters that the call leaves out
 */
export function bindParameters(
  context: Context,
  fn: CatalogFunction,
  args: readonly Argument[] | undefined,
  defaults: Lineage,
): readonly BoundParameter[] {
  const parameters = fn.code?.parameters ?? [];
  const given = parameters.filter((one) => isInput(one) || (fn.kind === 'procedure' && one.mode === 'out'));
  const isPositional = args !== undefined && !fn.isVariadic && args.every((arg) => arg.name === undefined);
  const all = mergeLineages([defaults, ...(args ?? []).map((arg) => arg.value.lineage)]);
  return parameters.map((parameter) => {
    const at = given.indexOf(parameter);
    const exact = isPositional ? args[at]?.value : args?.find((arg) => arg.name === parameter.name)?.value;
    const unknown = { lineage: at < 0 ? NO_LINEAGE : isPositional ? defaults : all, type: UNDETERMINED };
    return { parameter, value: typed(context, parameter.typeOid, at < 0 ? unknown : (exact ?? unknown)) };
  });
}

/** The argument as a value of the parameter's type; the fields of a row keep what they came from. */
function typed(context: Context, oid: number, value: Value): Value {
  if (POLYMORPHIC.has(oid)) return value;
  const type = typeOfOid(context, oid);
  const fields = fieldsOf(context, type, value);
  if (fields !== undefined) return { lineage: value.lineage, type, fields };
  const base = { lineage: value.lineage, type };
  return value.isCopy === true ? { ...base, isCopy: true } : base;
}

/** The columns of a row type, from the value's by position; of a value of unknown structure each may be any. */
export function fieldsOf(context: Context, type: StaticType, value: Value): readonly Column[] | undefined {
  const columns = columnsOfType(context, type);
  return columns?.map(({ name, type: own }, at): Column => {
    const field = value.fields?.[at];
    if (value.fields !== undefined && value.fields.length === columns.length && field !== undefined) {
      return field.isCopy === true
        ? { name, type: own, lineage: field.lineage, isCopy: true }
        : { name, type: own, lineage: field.lineage };
    }
    return { name, type: own, lineage: value.lineage };
  });
}

/** undefined: no row type, or one whose columns are not known. */
export function columnsOfType(
  context: Context,
  type: StaticType,
): readonly { readonly name: string; readonly type: StaticType }[] | undefined {
  const oid = type.kind === 'user' && type.type.kind !== 'array' ? type.type.relationOid : undefined;
  const relation = oid === undefined ? undefined : context.env.index.relationByOid(oid);
  return relation?.columns.map((column) => ({ name: column.name, type: typeOfOid(context, column.typeOid) }));
}
