import type { CatalogType } from '../../catalog/catalog.ts';
import type { Resource, Span, Via } from '../facts.ts';
import { resourceKey } from '../facts.ts';

/** A column (or, for system columns, a table) whose value is in an expression's value. */
export type Source = {
  readonly key: string;
  readonly resource: Resource;
  readonly via?: Via;
  /** Where the text names it; empty until it is named. */
  readonly spans: readonly Span[];
  /** Something was computed from it on the way (in a view, a generated column, a temporary table). */
  readonly isDerived?: true;
  /** In the body of a function: it came in by an argument, whose read the call has reported. */
  readonly isArgument?: true;
  /** A column of a recursive CTE whose own sources are still being worked out. */
  readonly pending?: PendingColumn;
};

/** Where a value comes from, by key. Shared between values, never changed. */
export type Lineage = ReadonlyMap<string, Source>;

/** Reads of a recursive CTE's column inside its own recursive term, to be charged once its lineage is known. */
export type PendingColumn = { readonly index: number; readonly usages: Set<Exclude<Reading, 'deferred'>> };

/** What is known of a type without types' full machinery: enough to see which user code an operator or cast can run. */
export type StaticType =
  /** `oid` where it is known which; never of an array's element. */
  | { readonly kind: 'builtin'; readonly oid?: number }
  /** A constant without a type, or a parameter: takes the type that the other side wants. */
  | { readonly kind: 'literal' }
  | { readonly kind: 'user'; readonly type: CatalogType }
  /** An anonymous row. */
  | { readonly kind: 'row' }
  /** Any type, but one made of values whose casts have all been reported: it can bring no new ones. */
  | { readonly kind: 'consumed' }
  | { readonly kind: 'undetermined' };

export type Value = {
  readonly lineage: Lineage;
  readonly type: StaticType;
  /** The value of a column as it is; rules that compute make a new value without this. */
  readonly isCopy?: true;
  /** The fields of a row whose structure is known. */
  readonly fields?: readonly Column[];
};

export type Column = Value & { readonly name: string };

/** The columns of a query or FROM item; `open` stands for further columns whose names are not known. */
export type Rows = {
  readonly columns: readonly Column[];
  readonly open?: Lineage;
  /** The type of those further columns, where something is known of it. */
  readonly openType?: StaticType;
};

/**
 * Charged where it is named. `unselected`: in the target list of a query in FROM or WITH, and for PostgreSQL a read whether or
 * not the query around it takes the column; a condition, until somebody does. `deferred`: only when somebody does.
 */
export type Reading = 'output' | 'condition' | 'unselected' | 'deferred';

export const NO_LINEAGE: Lineage = new Map<string, Source>();
export const BUILTIN: StaticType = { kind: 'builtin' };
export const LITERAL: StaticType = { kind: 'literal' };
export const ROW: StaticType = { kind: 'row' };
export const CONSUMED: StaticType = { kind: 'consumed' };
export const UNDETERMINED: StaticType = { kind: 'undetermined' };
export const NOTHING: Value = { lineage: NO_LINEAGE, type: BUILTIN };

export function source(resource: Resource, via?: Via, spans: readonly Span[] = []): Source {
  const key = `${resource.kind} ${resourceKey(resource)} ${via ?? ''}`;
  return via === undefined ? { key, resource, spans } : { key, resource, via, spans };
}

export function lineageOf(sources: Iterable<Source>): Lineage {
  const lineage = new Map<string, Source>();
  for (const one of sources) addSource(lineage, one);
  return lineage;
}

/** Of two ways that the same column takes, the one that computes something counts. */
export function addSource(lineage: Map<string, Source>, one: Source): void {
  const known = lineage.get(one.key);
  if (known === undefined || (one.isDerived === true && known.isDerived === undefined)) lineage.set(one.key, one);
}

/** The union; shares the operand where only one has sources, so that long chains of queries stay small. */
export function mergeLineages(lineages: Iterable<Lineage>): Lineage {
  let only: Lineage = NO_LINEAGE;
  let merged: Map<string, Source> | undefined;
  for (const lineage of lineages) {
    if (lineage.size === 0 || lineage === only) continue;
    if (only.size === 0) only = lineage;
    else {
      merged ??= new Map(only);
      for (const one of lineage.values()) addSource(merged, one);
    }
  }
  return merged ?? only;
}

/** The same sources, placed at `span` where they have no place of their own yet. */
export function placeLineage(lineage: Lineage, span: Span | undefined): Lineage {
  if (span === undefined || lineage.size === 0) return lineage;
  let isPlaced = true;
  for (const one of lineage.values()) if (one.spans.length === 0) isPlaced = false;
  if (isPlaced) return lineage;
  const placed = new Map<string, Source>();
  for (const [key, one] of lineage) placed.set(key, one.spans.length > 0 ? one : { ...one, spans: [span] });
  return placed;
}

/** The type that values of several expressions have together (CASE, COALESCE, arms of a UNION). */
export function joinTypes(types: readonly StaticType[]): StaticType {
  let joined: StaticType = LITERAL;
  for (const type of types) {
    if (type.kind === 'literal') continue;
    if (joined.kind === 'literal') joined = type;
    else if (joined.kind === 'builtin' && type.kind === 'builtin') joined = joined.oid === type.oid ? joined : BUILTIN;
    else if (!isSameType(joined, type)) {
      if (!isSpent(joined) || !isSpent(type)) return UNDETERMINED;
      joined = CONSUMED;
    }
  }
  return joined;
}

function isSpent(type: StaticType): boolean {
  return type.kind === 'builtin' || type.kind === 'consumed';
}

/** Whether one of several values, nobody knows which, is still a column's own. */
export function areCopies(values: readonly Value[]): boolean {
  return values.length > 0 && values.every((value) => value.isCopy === true);
}

/** One of several values, nobody knows which. */
export function mergeValues(values: readonly Value[]): Value {
  return {
    lineage: mergeLineages(values.map((value) => value.lineage)),
    type: joinTypes(values.map((value) => value.type)),
  };
}

function isSameType(one: StaticType, other: StaticType): boolean {
  if (one.kind !== 'user' || other.kind !== 'user') return one.kind === other.kind;
  return one.type.oid === other.type.oid;
}

/** Any of the further columns. */
export function openColumn(rows: Rows): Value | undefined {
  return rows.open === undefined ? undefined : { lineage: rows.open, type: rows.openType ?? UNDETERMINED };
}

/** What flows into any column of it. */
export function lineageOfRows(rows: Rows): Lineage {
  const lineages = rows.columns.map((column) => column.lineage);
  return mergeLineages(rows.open === undefined ? lineages : [...lineages, rows.open]);
}

/** A query or FROM item as one row value. */
export function rowValue(rows: Rows, type: StaticType = ROW): Value {
  const lineage = lineageOfRows(rows);
  return rows.open === undefined ? { lineage, type, fields: rows.columns } : { lineage, type };
}
