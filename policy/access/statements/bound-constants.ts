import type { Environment } from '../query/environment.ts';
import { bodyOf, list, names, nodeOf, num, tree, type Tree } from '../tree.ts';

/** An argument of a call whose meaning depends on it: a constant where a parameter's value is known. */
export type BoundArgument = { readonly node: unknown; readonly missing: number | undefined };

/**
 * Puts the known value in place of `$n`, also of `$n::text` and `$n::boolean`, which change no text.
 * `missing`: the number of a parameter whose value is not known.
 */
export function boundArgument(node: unknown, env: Environment): BoundArgument {
  const parameter = bodyOf(uncast(node), 'ParamRef');
  // In the body of a function $1 is the function's own.
  if (parameter === undefined || env.variables !== undefined) return { node, missing: undefined };
  const number = num(parameter, 'number');
  const known = env.namespace.parameterValues?.findLast(([one]) => one === number);
  return known === undefined ? { node, missing: number } : { node: constant(known[1]), missing: undefined };
}

function uncast(node: unknown): unknown {
  const cast = bodyOf(node, 'TypeCast');
  const type = cast === undefined ? undefined : tree(cast, 'typeName');
  return cast !== undefined && type !== undefined && keepsText(type) ? cast['arg'] : node;
}

/** `text`, `bool`: not varchar(3), char or name, which cut and pad. */
function keepsText(type: Tree): boolean {
  const name = names(list(type, 'names')).join('.');
  return (
    ['text', 'pg_catalog.text', 'pg_catalog.bool', 'bool'].includes(name) && list(type, 'arrayBounds').length === 0
  );
}

function constant(value: string | null): unknown {
  return { A_Const: value === null ? { isnull: true } : { sval: { sval: value } } };
}

/** A binary boolean is one byte, which as text is a control character. */
export function readableBoolean(node: unknown): unknown {
  const text = tree(nodeOf(node)?.body ?? {}, 'sval')?.['sval'];
  if (text === '\u0001') return constant('true');
  return text === '\0' ? constant('false') : node;
}
