import { ambiguousColumn, unknownName, unsupported } from '../refusal.ts';
import type { Tree } from '../tree.ts';
import { list, locationOf, names, nodeOf, str } from '../tree.ts';
import { aliasOf, entryOf } from './alias.ts';
import type { Context } from './context.ts';
import { charge } from './context.ts';
import type { FromItem, FromPlace } from './from-item.ts';
import { useOperator } from './operators.ts';
import type { RangeEntry } from './scope.ts';
import { namedColumn } from './scope.ts';
import { concatenate } from './star.ts';
import type { Column, Lineage, Rows, StaticType, Value } from './value.ts';
import { areCopies, joinTypes, lineageOfRows, mergeLineages, openColumn } from './value.ts';

type ItemRule = (context: Context, node: unknown, place: FromPlace) => FromItem;

const JOIN_TYPES: ReadonlySet<string> = new Set(['JOIN_INNER', 'JOIN_LEFT', 'JOIN_FULL', 'JOIN_RIGHT']);

/** JOIN in all its forms; ON sees the two arms and nothing beside them. */
export function joinItem(context: Context, body: Tree, place: FromPlace, item: ItemRule): FromItem {
  const type = str(body, 'jointype');
  if (!JOIN_TYPES.has(type)) throw unsupported(type, locationOf(body));
  const left = item(context, body['larg'], place);
  const right = item(context, body['rarg'], { ...place, beside: [...place.beside, ...left.entries] });
  const both = [...left.entries, ...right.entries];
  const merged = commonNames(body, left.rows, right.rows).map((name) => mergeColumn(context, body, name, left, right));
  if (body['isNatural'] === true) chargeUnknownPairs(context, left.rows, right.rows);
  if (body['quals'] !== undefined) {
    const scope = { entries: both, ctes: place.outer.ctes, parent: place.outer };
    context.expression(body['quals'], scope, 'condition');
  }
  return namedJoin(body, both, joinedRows(merged, left.rows, right.rows), merged);
}

function commonNames(body: Tree, left: Rows, right: Rows): readonly string[] {
  if (body['isNatural'] !== true) return names(list(body, 'usingClause'));
  const others = new Set(right.columns.map((column) => column.name));
  return [...new Set(left.columns.map((column) => column.name))].filter((name) => others.has(name));
}

/** NATURAL with columns of unknown names (`customers NATURAL JOIN unnest(...) AS ssn`): any column may be compared. */
function chargeUnknownPairs(context: Context, left: Rows, right: Rows): void {
  if (left.open === undefined && right.open === undefined) return;
  for (const rows of [left, right]) charge(context, lineageOfRows(rows), 'condition');
}

/** The column that USING or NATURAL makes of two: both are compared, so both are read, though no text names them. */
function mergeColumn(context: Context, body: Tree, name: string, left: FromItem, right: FromItem): Column {
  // Neither JOIN nor the names in USING have a place in the tree: the item that is joined has.
  const location = placeOf(body['rarg']);
  const one = joinColumn(left.rows, name);
  const other = joinColumn(right.rows, name);
  charge(context, one.lineage, 'condition', location);
  charge(context, other.lineage, 'condition', location);
  useOperator(context, ['='], [one, other]);
  const joined = joinTypes([one.type, other.type]);
  switch (str(body, 'jointype')) {
    case 'JOIN_RIGHT':
      return columnFrom(name, other.lineage, joined, [other]);
    case 'JOIN_FULL':
      return columnFrom(name, mergeLineages([one.lineage, other.lineage]), joined, [one, other]);
    default:
      return columnFrom(name, one.lineage, joined, [one]);
  }
}

function columnFrom(name: string, lineage: Lineage, type: StaticType, values: readonly Value[]): Column {
  return areCopies(values) ? { name, lineage, type, isCopy: true } : { name, lineage, type };
}

/** The place of the first table in a FROM item. */
function placeOf(node: unknown): number | undefined {
  const item = nodeOf(node);
  if (item === undefined) return undefined;
  const inner = item.body['larg'] ?? item.body['relation'];
  return locationOf(item.body) ?? (inner === undefined ? undefined : placeOf(inner));
}

function joinColumn(rows: Rows, name: string): Value {
  if (rows.columns.filter((column) => column.name === name).length > 1) throw ambiguousColumn(name);
  const found = namedColumn(rows.columns, name);
  if (found !== undefined) return found;
  const open = openColumn(rows);
  if (open !== undefined) return open;
  throw unknownName('42703', `column "${name}" specified in USING clause does not exist in one of the joined tables`);
}

function joinedRows(merged: readonly Column[], left: Rows, right: Rows): Rows {
  const common = new Set(merged.map((column) => column.name));
  const rest = [...left.columns, ...right.columns].filter((column) => !common.has(column.name));
  return { ...concatenate([left, right]), columns: [...merged, ...rest] };
}

/**
 * An alias hides the names inside the join. Without one they stay for qualified references, and unqualified ones see the
 * join's own columns (each common column once).
 */
function namedJoin(body: Tree, inner: readonly RangeEntry[], rows: Rows, merged: readonly Column[]): FromItem {
  const alias = aliasOf(body);
  const join = entryOf(rows, alias, undefined);
  if (alias !== undefined) return { entries: [join], rows: join };
  const hidden = inner.map((entry) => ({ ...entry, areColumnsVisible: false }));
  const using = aliasOf(body, 'join_using_alias');
  const common =
    using === undefined ? [] : [{ ...entryOf({ columns: merged }, using, undefined), areColumnsVisible: false }];
  return { entries: [...hidden, ...common, join], rows };
}
