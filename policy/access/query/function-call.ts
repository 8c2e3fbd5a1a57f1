import type { CatalogFunction } from '../../catalog/catalog.ts';
import { isSafeCall } from '../allow/safe-functions.ts';
import { unknownFunction, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { bodyOf, bool, list, locationOf, names, nodeOf, str, tree } from '../tree.ts';
import { adoptTypes, construct, consume, convert, invoke, isBuiltinOid, typeOfOid } from './calls.ts';
import type { Argument, BodyFacts } from './body-facts.ts';
import { type Bodies, resultOf } from './call-result.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import { requireKnown } from './known-fields.ts';
import { canPass } from './can-pass.ts';
import { possibleOverloads } from './overloads.ts';
import type { Scope } from './scope.ts';
import { namedColumn } from './scope.ts';
import { applyCast, findType } from './type-name.ts';
import type { Reading, Value } from './value.ts';
import { joinTypes, UNDETERMINED } from './value.ts';
import { useWindow } from './window.ts';

type Call = {
  readonly schema: string | undefined;
  readonly name: string;
  readonly args: readonly Value[];
  readonly argNodes: readonly unknown[];
  readonly isVariadic: boolean;
  /** Could be a field of its only argument, written as a call (`ssn(c)`). */
  readonly isPlain: boolean;
  readonly location: number | undefined;
  /** What its result is read for. */
  readonly reading: Reading;
};

/** A function call with everything that can hang on it: aggregates' ORDER BY, FILTER, OVER. */
export function functionCall(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const argNodes = list(body, 'args');
  const args = argNodes.map((arg) => context.expression(arg, scope, reading));
  const ordered = aggregateOrder(context, body, scope, reading);
  const filter = body['agg_filter'];
  if (filter !== undefined) context.expression(filter, scope, 'condition');
  const over = tree(body, 'over');
  if (over !== undefined) useWindow(context, over, scope, 'condition');
  return resolveCall(context, { ...callOf(body, [...args, ...ordered], argNodes, over !== undefined), reading });
}

/** ORDER BY in an aggregate steers; WITHIN GROUP's are arguments whose value comes out (percentile_disc). */
function aggregateOrder(context: Context, body: Tree, scope: Scope, reading: Reading): readonly Value[] {
  const isArgument = bool(body, 'agg_within_group');
  const values: Value[] = [];
  for (const node of list(body, 'agg_order')) {
    const value = context.expression(node, scope, isArgument ? reading : 'condition');
    if (isArgument) values.push(value);
  }
  return values;
}

function callOf(
  body: Tree,
  args: readonly Value[],
  argNodes: readonly unknown[],
  hasWindow: boolean,
): Omit<Call, 'reading'> {
  const parts = names(list(body, 'funcname'));
  const location = locationOf(body);
  if (parts.length > 3)
    throw unsupported(`improper qualified name (too many dotted names): ${parts.join('.')}`, location);
  const isDecorated = ['agg_star', 'agg_distinct', 'func_variadic', 'agg_within_group'].some((flag) =>
    bool(body, flag),
  );
  const isPlain =
    parts.length === 1 && args.length === 1 && !isDecorated && !hasWindow && body['agg_filter'] === undefined;
  const [name = '', schema] = parts.toReversed();
  return { schema, name, args, argNodes, isVariadic: bool(body, 'func_variadic'), isPlain, location };
}

/**
 * Which functions the call can mean, reported; every overload that takes so many arguments counts.
 * @see ParseFuncOrColumn in PostgreSQL's parse_func.c
 */
function resolveCall(context: Context, call: Call): Value {
  for (const arg of call.args) consume(context, arg, call.location);
  adoptTypes(context, call.args, call.location);
  const { index, namespace } = context.env;
  const object = call.schema === undefined ? { name: call.name } : { schema: call.schema, name: call.name };
  const named = index.resolveFunctions(namespace, object);
  const callable = named.filter((fn) => takes(fn, call));
  // Argument counts that we cannot follow must not hide a function: then every one of that name counts.
  const candidates = callable.length > 0 ? overloads(context, callable, call) : named;
  const field = fieldNotation(call);
  if (callable.length === 0) {
    const coerced = coercionCall(context, call);
    if (coerced !== undefined) return coerced;
    if (field !== undefined) return field;
  }
  if (candidates.length === 0) throw unknownFunction(call.schema, call.name, call.location);
  const bodies = reportCandidates(context, call, candidates);
  // For an untyped constant PostgreSQL takes a type of that name before any function that does not match exactly.
  if (call.args[0]?.type.kind === 'literal') coercionCall(context, call);
  // jsonb_populate_record(c, ...) makes a row of c's type, domains and all.
  if (call.name.includes('populate_record')) for (const arg of call.args) construct(context, arg.type, call.location);
  chargeRowCount(context, call, candidates);
  const value = resultOf(context, candidates, call.args, bodies);
  if (bodies.size > 0) charge(context, value.lineage, resultReading(call, value), call.location);
  return field === undefined ? value : { lineage: value.lineage, type: joinTypes([value.type, field.type]) };
}

/** Named arguments stand in another order than the parameters. */
function overloads(context: Context, callable: readonly CatalogFunction[], call: Call): readonly CatalogFunction[] {
  const isPositional = !call.isVariadic && call.argNodes.every((node) => nodeOf(node)?.tag !== 'NamedArgExpr');
  return isPositional ? possibleOverloads(context, callable, call.args) : callable;
}

/**
 * A set-returning call decides how many rows there are even where the query around it does not ask for its column
 * (`SELECT id, generate_series(1, length(ssn)) ...` in a view or a sub-select).
 */
function chargeRowCount(context: Context, call: Call, candidates: readonly CatalogFunction[]): void {
  if (!candidates.some((fn) => fn.returnsSet)) return;
  for (const arg of call.args) charge(context, arg.lineage, 'condition', call.location);
}

function takes(fn: CatalogFunction, call: Call): boolean {
  if (fn.isVariadic) return call.args.length >= Math.min(fn.argumentCountMin, fn.argTypeOids.length - 1);
  // Ordered-set aggregates count their direct arguments too; they are in argTypeOids.
  return call.args.length >= fn.argumentCountMin && call.args.length <= fn.argTypeOids.length;
}

/** `ssn(c)`: a field of a row in the clothes of a call. Unknown structure: it may be one. */
function fieldNotation(call: Call): Value | undefined {
  const [row] = call.args;
  if (!call.isPlain || row === undefined) return undefined;
  if (row.fields !== undefined) return namedColumn(row.fields, call.name, call.location);
  return row.type.kind === 'row' || row.type.kind === 'undetermined'
    ? { lineage: row.lineage, type: UNDETERMINED }
    : undefined;
}

/** `verified_ssn('x')`: a cast in the clothes of a call. */
function coercionCall(context: Context, call: Call): Value | undefined {
  const [arg] = call.args;
  if (arg === undefined || call.args.length !== 1) return undefined;
  const target = findType(context, call.schema, call.name);
  if (target === undefined) return undefined;
  applyCast(context, arg, target, call.location);
  return { lineage: arg.lineage, type: target.type };
}

/** In FROM, and of several columns: each is charged when it is named. */
function resultReading({ reading }: Call, { fields }: Value): Reading {
  return reading === 'condition' && fields !== undefined ? 'unselected' : reading;
}

/** @returns what the bodies of those that may be called touch */
function reportCandidates(context: Context, call: Call, candidates: readonly CatalogFunction[]): Bodies {
  const bodies = new Map<CatalogFunction, BodyFacts>();
  const args = argumentsOf(call);
  const builtins = candidates.filter((fn) => isBuiltinOid(fn.oid));
  for (const fn of candidates) {
    if (!isBuiltinOid(fn.oid) && !competes(context, fn, builtins, call.args)) continue;
    if (isSafeCall(fn) || isSpecial(context, fn, call)) continue;
    const body = invoke(context, fn, { location: call.location, args });
    if (body !== undefined) bodies.set(fn, body);
    if (!isBuiltinOid(fn.oid)) convertArguments(context, fn, call);
  }
  return bodies;
}

/** The arguments with the names that the call gives them. */
function argumentsOf(call: Call): readonly Argument[] {
  return call.args.map((value, at) => {
    const named = bodyOf(call.argNodes[at], 'NamedArgExpr');
    return named === undefined ? { value } : { value, name: str(named, 'name') };
  });
}

/**
 * An overload for a type of somebody's own does not compete with a built-in where the arguments are plainly built-in; nor
 * for an untyped constant where the built-in takes text, which PostgreSQL prefers (func_select_candidate, parse_func.c).
 */
function competes(
  context: Context,
  fn: CatalogFunction,
  builtins: readonly CatalogFunction[],
  args: readonly Value[],
): boolean {
  if (builtins.length === 0) return true;
  return args.every((arg, at) => {
    const oid = parameterOid(fn, at);
    const isTextPreferred = arg.type.kind === 'literal' && !isBuiltinOid(oid);
    if (isTextPreferred && builtins.some((one) => parameterOid(one, at) === TEXT)) return false;
    return canPass(context, arg.type, oid);
  });
}

const TEXT = 25;

function parameterOid(fn: CatalogFunction, at: number): number {
  return fn.argTypeOids[Math.min(at, fn.argTypeOids.length - 1)] ?? 0;
}

function isSpecial(context: Context, fn: CatalogFunction, call: Call): boolean {
  const { env, collector } = context;
  if (env.onSpecialCall === undefined || fn.schema !== 'pg_catalog' || !isBuiltinOid(fn.oid)) return false;
  return env.onSpecialCall({ name: fn.name, args: call.argNodes, location: call.location, collector, env });
}

/** Arguments become the parameters' types: domains are checked, casts run. */
function convertArguments(context: Context, fn: CatalogFunction, call: Call): void {
  call.args.forEach((arg, at) => {
    const oid = fn.argTypeOids[Math.min(at, fn.argTypeOids.length - 1)];
    if (oid !== undefined && !isBuiltinOid(oid)) convert(context, arg, typeOfOid(context, oid), call.location);
  });
}

/**
 * `c.name` where c has no such column: a function on the row, as `name(c)` would be (`c.ssn_of`, `c.row_to_json`).
 * @returns undefined where there is no function of that name with one argument
 */
export function callOnRow(
  context: Context,
  row: Value,
  name: string,
  reading: Reading,
  location?: number,
): Value | undefined {
  const candidates = context.env.index
    .resolveFunctions(context.env.namespace, { name })
    .filter((fn) => fn.argumentCountMin <= 1 && (fn.argTypeOids.length >= 1 || fn.isVariadic));
  if (candidates.length === 0) return undefined;
  consume(context, row, location);
  const base = { schema: undefined, name, args: [row], argNodes: [], isVariadic: false, isPlain: true };
  const bodies = reportCandidates(context, { ...base, location, reading }, candidates);
  const value = resultOf(context, candidates, [row], bodies);
  if (bodies.size > 0) charge(context, value.lineage, reading, location);
  return value;
}

/** The name of the function that a node in FROM calls; undefined for other expressions. */
export function calledName(node: unknown): string | undefined {
  const call = nodeOf(node);
  if (call?.tag !== 'FuncCall') return undefined;
  requireKnown(call.tag, call.body);
  return names(list(call.body, 'funcname')).at(-1);
}
