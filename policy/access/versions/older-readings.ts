import { bodyOf, bool, list, locationOf, names, num, str, type Tree, tree } from '../tree.ts';

/** What the readings know besides the node. */
export type OlderServer = {
  readonly major: number;
  /** The bare word that stands at a byte offset of the text, in lower case; '' where none does. */
  readonly wordAt: (byteOffset: number | undefined) => string;
};

/** A node kind that the grammar of version `since` brought, and what an older server makes of its text. */
export type OlderReading = {
  readonly since: number;
  /** @returns undefined where the node is the same in both, or its form is a syntax error to the older server */
  readonly read: (body: Tree, server: OlderServer) => Tree | undefined;
};

/** SYSTEM_USER (16) was a name; json_object(...) (16) was found by the search_path like any function. */
function functionCall(body: Tree, server: OlderServer): Tree | undefined {
  const [schema, name = ''] = names(list(body, 'funcname'));
  const isWritten = schema === 'pg_catalog' && server.wordAt(locationOf(body)) === name;
  if (!isWritten) return undefined;
  if (name === 'system_user') return { ColumnRef: { fields: [nameNode(name)], location: num(body, 'location') } };
  return name === 'json_object' ? { FuncCall: { ...body, funcname: [nameNode(name)] } } : undefined;
}

/** `FROM system_user` was a table. Below, the call has become a column reference already. */
function rangeFunction(body: Tree): Tree | undefined {
  const [first, ...others] = list(body, 'functions');
  const column = bodyOf(list(bodyOf(first, 'List') ?? {}, 'items')[0], 'ColumnRef');
  if (column === undefined || others.length > 0 || body['coldeflist'] !== undefined) return undefined;
  if (bool(body, 'lateral') || bool(body, 'ordinality') || bool(body, 'is_rowsfrom')) return undefined;
  const [relname = ''] = names(list(column, 'fields'));
  const alias = tree(body, 'alias');
  const table = { relname, inh: true, relpersistence: 'p', location: num(column, 'location') };
  return { RangeVar: alias === undefined ? table : { ...table, alias } };
}

const JSON_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['JSON_EXISTS_OP', 'json_exists'],
  ['JSON_QUERY_OP', 'json_query'],
  ['JSON_VALUE_OP', 'json_value'],
]);

/** `json_value(a, b)`, without any of the clauses. */
function jsonFunction(body: Tree): Tree | undefined {
  const name = JSON_FUNCTIONS.get(str(body, 'op'));
  const item = plainValue(tree(body, 'context_item'));
  const hasClauses = ['output', 'passing', 'on_empty', 'on_error'].some((field) => body[field] !== undefined);
  const isQuoted = str(body, 'quotes') !== 'JS_QUOTES_UNSPEC' || str(body, 'wrapper') !== 'JSW_UNSPEC';
  if (name === undefined || item === undefined || hasClauses || isQuoted) return undefined;
  return call(name, [item, body['pathspec']], body);
}

function jsonParse(body: Tree): Tree | undefined {
  const value = plainValue(tree(body, 'expr'));
  const isPlain = value !== undefined && body['output'] === undefined && !bool(body, 'unique_keys');
  return isPlain ? call('json', [value], body) : undefined;
}

function jsonScalar(body: Tree): Tree | undefined {
  return body['output'] === undefined ? call('json_scalar', [body['expr']], body) : undefined;
}

function jsonSerialize(body: Tree): Tree | undefined {
  const value = plainValue(tree(body, 'expr'));
  return value === undefined || body['output'] !== undefined ? undefined : call('json_serialize', [value], body);
}

function jsonObject(body: Tree): Tree | undefined {
  const isPlain = body['exprs'] === undefined && body['output'] === undefined && !bool(body, 'unique');
  return isPlain ? call('json_object', [], body) : undefined;
}

function jsonArray(body: Tree): Tree | undefined {
  const values = list(body, 'exprs').map((value) => plainValue(bodyOf(value, 'JsonValueExpr')));
  return values.includes(undefined) || body['output'] !== undefined ? undefined : call('json_array', values, body);
}

/** `json_arrayagg(x ORDER BY y) FILTER (...) OVER w` is a call of any aggregate's form. */
function jsonArrayAgg(body: Tree): Tree | undefined {
  const value = plainValue(tree(body, 'arg'));
  const { output, location, ...decorations } = tree(body, 'constructor') ?? {};
  if (value === undefined || output !== undefined) return undefined;
  return call('json_arrayagg', [value], { location }, decorations);
}

function mergeAction(body: Tree): Tree {
  return call('merge_action', [], body);
}

/** The expression in a JsonValueExpr without FORMAT. */
function plainValue(value: Tree | undefined): unknown {
  const format = value === undefined ? undefined : tree(value, 'format');
  if (value === undefined || (format !== undefined && str(format, 'format_type') !== 'JS_FORMAT_DEFAULT'))
    return undefined;
  return value['raw_expr'];
}

function call(name: string, args: readonly unknown[], at: Tree, decorations: Tree = {}): Tree {
  const location = num(at, 'location');
  const funcname = [nameNode(name)];
  return { FuncCall: { ...decorations, funcname, args, funcformat: 'COERCE_EXPLICIT_CALL', location } };
}

function nameNode(name: string): Tree {
  return { String: { sval: name } };
}

/** By node kind. Children are read before their parents. */
export const OLDER_READINGS: ReadonlyMap<string, OlderReading> = new Map<string, OlderReading>([
  ['FuncCall', { since: 16, read: functionCall }],
  ['RangeFunction', { since: 16, read: rangeFunction }],
  ['JsonObjectConstructor', { since: 16, read: jsonObject }],
  ['JsonArrayConstructor', { since: 16, read: jsonArray }],
  ['JsonArrayAgg', { since: 16, read: jsonArrayAgg }],
  ['JsonFuncExpr', { since: 17, read: jsonFunction }],
  ['JsonParseExpr', { since: 17, read: jsonParse }],
  ['JsonScalarExpr', { since: 17, read: jsonScalar }],
  ['JsonSerializeExpr', { since: 17, read: jsonSerialize }],
  ['MergeSupportFunc', { since: 17, read: mergeAction }],
]);
