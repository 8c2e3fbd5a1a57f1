import { unknownColumn, unknownRelation, unknownTableAlias, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { list, locationOf, nodeOf, stringOf } from '../tree.ts';
import type { Context } from './context.ts';
import { charge, spanAt } from './context.ts';
import { callOnRow } from './function-call.ts';
import type { RangeEntry, Scope } from './scope.ts';
import { columnOf, findEntry, localColumn, openValue, wholeRow } from './scope.ts';
import type { Reading, Value } from './value.ts';
import { mergeValues, openColumn, placeLineage, UNDETERMINED } from './value.ts';

/**
 * A column reference in an expression: a column, a whole row, or a function on one (`c.ssn_of`).
 * @see transformColumnRef in PostgreSQL's parse_expr.c, whose order of attempts this keeps
 */
export function columnReference(context: Context, body: Tree, scope: Scope, reading: Reading): Value {
  const location = locationOf(body);
  const parts = list(body, 'fields').map((field) => stringOf(field));
  const named = parts.filter((part) => part !== undefined);
  if (named.length !== parts.length) return starReference(context, named, scope, reading, location);
  const last = named.at(-1) ?? '';
  if (named.length === 1) return read(context, unqualified(context, scope, last, location), reading, location);
  const variable = variableField(context, named, location);
  if (variable !== undefined && !isTable(named.slice(0, -1), scope, last, location)) {
    return read(context, variable, reading, location);
  }
  const entry = qualifiedEntry(context, named.slice(0, -1), scope, location);
  const value = fieldOfEntry(context, entry, last, reading, location);
  // In PL/pgSQL the name may be either; PostgreSQL refuses it unless it is told which.
  return variable === undefined || context.env.variables?.areColumnsFirst !== false
    ? value
    : mergeValues([value, read(context, variable, reading, location)]);
}

/** `record.field`, `f.parameter`, `f.record.field` in the body of a function. */
function variableField(context: Context, parts: readonly string[], location?: number): Value | undefined {
  const entry = context.env.variables?.record(parts.slice(0, -1));
  if (entry === undefined) return undefined;
  return columnOf(entry, parts.at(-1) ?? '', location) ?? openColumn(entry);
}

/** Does a FROM item of that name have such a column? */
function isTable(parts: readonly string[], scope: Scope, column: string, location?: number): boolean {
  const [name, schema] = parts.toReversed();
  if (name === undefined || parts.length > 2) return false;
  const entry = findEntry(scope, name, schema, location);
  return entry !== undefined && (entry.open !== undefined || columnOf(entry, column, location) !== undefined);
}

/** `c.*` as a value (row_to_json(c.*), (c.*)::text): the whole row. */
function starReference(
  context: Context,
  parts: readonly string[],
  scope: Scope,
  reading: Reading,
  location: number | undefined,
): Value {
  if (parts.length === 0) throw unsupported('* in this place', location);
  return read(context, wholeRow(qualifiedEntry(context, parts, scope, location)), reading, location);
}

/** Charges the value and gives it its place in the text. */
export function read(context: Context, value: Value, reading: Reading, location?: number): Value {
  const placed = { ...value, lineage: placeLineage(value.lineage, spanAt(context, location)) };
  charge(context, placed.lineage, reading, location);
  return placed;
}

function unqualified(context: Context, scope: Scope, name: string, location?: number): Value {
  const variables = context.env.variables;
  const variable = variables?.value(name);
  const open: Value[] = [];
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const found = localColumn(level, name, location);
    if (found !== undefined) {
      const isEither = variable !== undefined && variables?.areColumnsFirst === false;
      return withOpen(isEither ? mergeValues([found, variable]) : found, open);
    }
    const further = openValue(level);
    if (further !== undefined) open.push(further);
  }
  // "Not known as a column of any range-table entry": it may be the name of one.
  const entry = findEntry(scope, name, undefined, location);
  if (entry !== undefined) return withOpen(wholeRow(entry), open);
  if (variable !== undefined) return withOpen(variable, open);
  const record = variables?.record([name]);
  if (record !== undefined) return withOpen(wholeRow(record), open);
  if (open.length === 0) throw unknownColumn(undefined, name, location);
  return mergeValues(open);
}

/** The name may be a column that a function in FROM returns, or the one found further out: it counts as both. */
function withOpen(value: Value, open: readonly Value[]): Value {
  return open.length === 0 ? value : mergeValues([value, ...open]);
}

/** `alias`, `schema.table` or `database.schema.table`. */
export function qualifiedEntry(
  context: Context,
  parts: readonly string[],
  scope: Scope,
  location?: number,
): RangeEntry {
  const [name, schema, database] = parts.toReversed();
  if (name === undefined || parts.length > 3) {
    throw unsupported(`improper qualified name (too many dotted names): ${parts.join('.')}`, location);
  }
  if (database !== undefined && database !== context.env.index.catalog.database) {
    throw unknownRelation(parts.join('.'), location);
  }
  const entry = findEntry(scope, name, schema, location) ?? context.env.variables?.record(parts);
  if (entry === undefined) throw unknownTableAlias(name, location);
  return entry;
}

function fieldOfEntry(context: Context, entry: RangeEntry, name: string, reading: Reading, location?: number): Value {
  const column = columnOf(entry, name, location);
  if (column !== undefined) return read(context, column, reading, location);
  const row = read(context, wholeRow(entry), reading, location);
  const called = callOnRow(context, row, name, reading, location);
  if (called !== undefined) return called;
  if (entry.open !== undefined) return { lineage: row.lineage, type: entry.openType ?? UNDETERMINED };
  throw unknownColumn(entry.name, name, location);
}

/** Is it `*` or `c.*`, as a target? */
export function isStar(node: unknown): boolean {
  const reference = nodeOf(node);
  if (reference === undefined || (reference.tag !== 'ColumnRef' && reference.tag !== 'A_Indirection')) return false;
  const field = reference.tag === 'ColumnRef' ? 'fields' : 'indirection';
  return nodeOf(list(reference.body, field).at(-1))?.tag === 'A_Star';
}
