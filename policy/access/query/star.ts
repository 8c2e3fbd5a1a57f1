import { unknownName, unsupported } from '../refusal.ts';
import { bodyOf, list, locationOf, names } from '../tree.ts';
import { qualifiedEntry, read } from './column-ref.ts';
import type { Context } from './context.ts';
import { requireKnown } from './known-fields.ts';
import type { Scope } from './scope.ts';
import type { Column, Reading, Rows } from './value.ts';
import { mergeValues, openColumn, UNDETERMINED } from './value.ts';

/** `*`, `c.*` or `(row).*` as a list of columns, each read (ExpandColumnRefStar, ExpandIndirectionStar in parse_target.c). */
export function expandStar(context: Context, node: unknown, scope: Scope, reading: Reading): Rows {
  const reference = bodyOf(node, 'ColumnRef');
  if (reference === undefined) return expandRow(context, node, scope, reading);
  const location = locationOf(reference);
  const parts = names(list(reference, 'fields'));
  if (parts.length > 0) return readAll(context, qualifiedEntry(context, parts, scope, location), reading, location);
  const visible = scope.entries.filter((entry) => entry.areColumnsVisible);
  if (visible.length === 0) throw unknownName('42601', 'SELECT * with no tables specified is not valid', location);
  // The star of `TABLE customers` is nowhere in the text.
  return concatenate(visible.map((entry) => readAll(context, entry, reading, location ?? entry.location)));
}

/** Every column of a FROM item, charged. */
export function readAll(context: Context, rows: Rows, reading: Reading, location?: number): Rows {
  const columns = rows.columns.map((column) => ({ ...read(context, column, reading, location), name: column.name }));
  if (rows.open === undefined) return { columns };
  const type = rows.openType ?? UNDETERMINED;
  const open = read(context, { lineage: rows.open, type }, reading, location).lineage;
  return { columns, open, openType: type };
}

export function concatenate(parts: readonly Rows[]): Rows {
  const columns: Column[] = parts.flatMap((part) => part.columns);
  const open = parts.flatMap((part) => openColumn(part) ?? []);
  if (open.length === 0) return { columns };
  const { lineage, type } = mergeValues(open);
  return { columns, open: lineage, openType: type };
}

/** `(row).*`: the fields where the row's structure is known, else columns of unknown number and name. */
function expandRow(context: Context, node: unknown, scope: Scope, reading: Reading): Rows {
  const body = bodyOf(node, 'A_Indirection');
  if (body === undefined) throw unsupported('* in this place');
  requireKnown('A_Indirection', body);
  const row = context.expression(node, scope, reading);
  return row.fields === undefined ? { columns: [], open: row.lineage } : { columns: row.fields };
}
