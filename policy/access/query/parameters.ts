import { construct, isBuiltinOid, typeOfOid } from './calls.ts';
import type { Context } from './context.ts';
import type { Value } from './value.ts';
import { LITERAL, NO_LINEAGE } from './value.ts';

/** $n: an untyped constant, unless Parse (or PREPARE) declared a type of somebody's own for it. */
export function parameterValue(context: Context, number: number): Value {
  const { variables } = context.env;
  if (variables !== undefined) return variables.positional[number - 1] ?? { lineage: NO_LINEAGE, type: LITERAL };
  const oid = context.env.namespace.parameterTypeOids?.[number - 1] ?? 0;
  return { lineage: NO_LINEAGE, type: isBuiltinOid(oid) ? LITERAL : typeOfOid(context, oid) };
}

/** Bind makes a value of every declared type, used or not: domains are checked then. */
export function makeParameters(context: Context): void {
  for (const oid of context.env.namespace.parameterTypeOids ?? []) {
    if (isBuiltinOid(oid)) continue;
    const type = typeOfOid(context, oid);
    if (type.kind === 'user') construct(context, type);
    else context.collector.opaque(`a parameter of the type with oid ${oid}, which the catalog does not show`);
  }
}
