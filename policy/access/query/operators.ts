import type { CatalogFunction } from '../../catalog/catalog.ts';
import { adoptTypes, consume, executeOid, isBuiltinOid } from './calls.ts';
import { canPass } from './can-pass.ts';
import type { Context } from './context.ts';
import type { Value } from './value.ts';

/** Between untyped constants PostgreSQL prefers text, for which pg_catalog has all of these (parse_oper.c). */
const TEXT_OPERATORS: ReadonlySet<string> = new Set(
  '= <> < > <= >= ~~ !~~ ~~* !~~* ~ !~ ~* !~* || ^@ ~<~ ~<=~ ~>~ ~>=~'.split(' '),
);

/** The operators that a construct of the grammar stands for without naming them. */
const IMPLIED: ReadonlyMap<string, readonly string[]> = new Map([
  ['BETWEEN', ['>=', '<=']],
  ['NOT BETWEEN', ['<', '>']],
  ['BETWEEN SYMMETRIC', ['>=', '<=']],
  ['NOT BETWEEN SYMMETRIC', ['<', '>']],
]);

/**
 * Reports the functions behind every user operator that the name can mean for these operands.
 * @param name one or two parts: `[schema,] operator`
 * @returns whether there is one, so that nothing is known of the result's type
 */
export function useOperator(
  context: Context,
  name: readonly string[],
  operands: readonly Value[],
  location?: number,
): boolean {
  for (const operand of operands) consume(context, operand, location);
  adoptTypes(context, operands, location);
  const symbol = name.at(-1) ?? '';
  const symbols = IMPLIED.get(symbol) ?? [symbol];
  return symbols.map((one) => useSymbol(context, name.at(-2), one, operands, location)).includes(true);
}

function useSymbol(
  context: Context,
  schema: string | undefined,
  symbol: string,
  operands: readonly Value[],
  location?: number,
): boolean {
  let isFound = false;
  for (const candidate of context.env.index.userOperatorsNamed(symbol)) {
    if (!isVisible(context, schema, candidate.schema)) continue;
    const fn = context.env.index.functionByOid(candidate.functionOid);
    if (fn !== undefined && !fits(context, fn, symbol, operands)) continue;
    executeOid(context, candidate.functionOid, location, undefined, operands);
    isFound = true;
  }
  return isFound;
}

function isVisible(context: Context, asked: string | undefined, schema: string): boolean {
  if (asked !== undefined) return asked === schema;
  return schema === 'pg_catalog' || context.env.namespace.searchPath.includes(schema);
}

function fits(context: Context, fn: CatalogFunction, symbol: string, operands: readonly Value[]): boolean {
  if (fn.argTypeOids.length !== operands.length) return false;
  const [left, right] = operands;
  // ROW(...) = ROW(...) compares field by field; values of a composite type have an operator of their own, if there is one.
  if (left?.fields !== undefined && right?.fields !== undefined && left.fields.length === right.fields.length) {
    const others = right.fields;
    const isFieldwise = left.fields.some((field, at) => {
      const other = others[at];
      return other !== undefined && fits(context, fn, symbol, [field, other]);
    });
    if (isFieldwise || (left.type.kind === 'row' && right.type.kind === 'row')) return isFieldwise;
  }
  const isAllLiteral = operands.every((operand) => operand.type.kind === 'literal');
  if (isAllLiteral && TEXT_OPERATORS.has(symbol)) return fn.argTypeOids.every(isBuiltinOid);
  return operands.every((operand, at) => canPass(context, operand.type, fn.argTypeOids[at] ?? 0));
}
