import { adoptTypes, construct, consume } from './calls.ts';
import type { Context } from './context.ts';
import type { StaticType, Value } from './value.ts';
import { BUILTIN, CONSUMED, joinTypes, mergeLineages } from './value.ts';

/** One of several values, brought to a common type: casts may run. */
export function alternatives(context: Context, values: readonly Value[], location?: number): Value {
  adoptTypes(context, values, location);
  const lineage = mergeLineages(values.map((value) => value.lineage));
  const type = joinTypes(values.map((value) => value.type));
  // Rows lose what is known of their fields here.
  if (type.kind !== 'undetermined' && type.kind !== 'row') return { lineage, type };
  for (const value of values) consume(context, value, location);
  return { lineage, type: CONSUMED };
}

/** The type of what is made of values that have been consumed: arrays, results of operators and polymorphic calls. */
export function madeOf(context: Context, types: readonly StaticType[]): StaticType {
  // An untyped constant beside it may yet become one of its elements (`ARRAY[domain] @> '{x}'`).
  for (const type of types) construct(context, type);
  return types.every((type) => type.kind === 'builtin' || type.kind === 'literal') ? BUILTIN : CONSUMED;
}
