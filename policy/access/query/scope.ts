import { ambiguousColumn, ambiguousTable } from '../refusal.ts';
import type { Column, Lineage, Rows, StaticType, Value } from './value.ts';
import { BUILTIN, mergeValues, openColumn, rowValue, UNDETERMINED } from './value.ts';

/** What one name in a FROM clause stands for: PostgreSQL's ParseNamespaceItem (parse_node.h). */
export type RangeEntry = Rows & {
  /** undefined for a join without an alias. */
  readonly name: string | undefined;
  /** Set for a table without an alias: `schema.table.column` can then refer to it. */
  readonly schema?: string;
  readonly rowType: StaticType;
  /** ctid, xmin, tableoid...: only tables have them. */
  readonly system?: Lineage;
  /** Do unqualified column names see its columns? */
  readonly areColumnsVisible: boolean;
  /** Where the text names it; only tables have it. */
  readonly location?: number | undefined;
};

/** A common table expression; its query is analysed when it is first needed, and once. */
export type CteFrame = {
  readonly name: string;
  readonly rows: () => Rows;
  readonly parent: CteFrame | undefined;
};

/** One query level: its FROM items, and the levels around it. */
export type Scope = {
  readonly entries: readonly RangeEntry[];
  readonly ctes: CteFrame | undefined;
  readonly parent: Scope | undefined;
};

export const EMPTY_SCOPE: Scope = { entries: [], ctes: undefined, parent: undefined };

const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

export function findCte(scope: Scope, name: string): CteFrame | undefined {
  for (let frame = scope.ctes; frame !== undefined; frame = frame.parent) if (frame.name === name) return frame;
  return undefined;
}

/** A column of one FROM item by name; two of that name are ambiguous, as in scanRTEForColumn (parse_relation.c). */
export function columnOf(entry: RangeEntry, name: string, location?: number): Value | undefined {
  const found = namedColumn(entry.columns, name, location);
  if (found !== undefined) return found;
  if (entry.system !== undefined && SYSTEM_COLUMNS.has(name)) return { lineage: entry.system, type: BUILTIN };
  return undefined;
}

export function namedColumn(columns: readonly Column[], name: string, location?: number): Column | undefined {
  let found: Column | undefined;
  for (const column of columns) {
    if (column.name !== name) continue;
    if (found !== undefined) throw ambiguousColumn(name, location);
    found = column;
  }
  return found;
}

/** An unqualified column name in one query level only (colNameToVar with localonly). */
export function localColumn(scope: Scope, name: string, location?: number): Value | undefined {
  let found: Value | undefined;
  for (const entry of scope.entries) {
    if (!entry.areColumnsVisible) continue;
    const value = columnOf(entry, name, location);
    if (value === undefined) continue;
    if (found !== undefined) throw ambiguousColumn(name, location);
    found = value;
  }
  return found;
}

/** Further columns that items of one level may have; undefined where all names are known. */
export function openValue(scope: Scope): Value | undefined {
  const open = scope.entries.filter((entry) => entry.areColumnsVisible).flatMap((entry) => openColumn(entry) ?? []);
  return open.length === 0 ? undefined : mergeValues(open);
}

/** A FROM item by name, from the innermost level outwards (refnameNamespaceItem, parse_relation.c). */
export function findEntry(
  scope: Scope,
  name: string,
  schema: string | undefined,
  location?: number,
): RangeEntry | undefined {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    let found: RangeEntry | undefined;
    for (const entry of level.entries) {
      if (entry.name !== name || (schema !== undefined && entry.schema !== schema)) continue;
      if (found !== undefined) throw ambiguousTable(name, location);
      found = entry;
    }
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A reference to the item itself: every column of it. */
export function wholeRow(entry: RangeEntry): Value {
  return rowValue(entry, entry.rowType);
}

/** Renames the first columns, as an alias with a column list does; the rest keep their names. */
export function renameColumns(rows: Rows, names: readonly string[]): Rows {
  if (names.length === 0) return rows;
  if (rows.open !== undefined) return renameOpen(rows, rows.open, names);
  const columns = rows.columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }));
  return { columns };
}

/** Positions are not known among columns of unknown number: each name may be any of them. */
function renameOpen(rows: Rows, open: Lineage, names: readonly string[]): Rows {
  const any = mergeValues([...rows.columns, { lineage: open, type: rows.openType ?? UNDETERMINED }]);
  const named = names.map((name) => ({ ...any, name }));
  const rest = rows.columns.filter((column) => !names.includes(column.name));
  return { ...rows, columns: [...named, ...rest] };
}
