import type { Column, Lineage, Rows, Source, StaticType, Value } from '../query/value.ts';
import { lineageOfRows, ROW, UNDETERMINED } from '../query/value.ts';

type Cell = {
  readonly name: string;
  readonly type: StaticType;
  /** What may be in it; of a record, in any of its fields. */
  readonly lineage: Map<string, Source>;
  /** Of a record, by name, in the order in which they were met. */
  readonly fields: Map<string, { readonly type: StaticType; readonly lineage: Map<string, Source> }>;
  readonly isRecord: boolean;
  /** The fields are those of a declared type: values go in by position. */
  readonly isTyped: boolean;
};

/**
 * The variables of a PL/pgSQL function. Which value is in one when is not followed: each may hold all that is ever assigned
 * to it. So variables of one name in different blocks are one.
 */
export class Cells {
  readonly #cells = new Map<string, Cell>();
  readonly #assigned = new Set<string>();
  #growth = 0;

  /** Grows whenever something is assigned that was not there before. */
  get growth(): number {
    return this.#growth;
  }

  declare(name: string, type: StaticType): void {
    if (this.#cells.has(name)) return;
    const cell: Cell = {
      name,
      type,
      lineage: new Map(),
      fields: new Map(),
      isRecord: false,
      isTyped: false,
    };
    this.#cells.set(name, cell);
  }

  /** @param columns of its type; undefined: it takes the shape of what is assigned */
  declareRecord(name: string, type: StaticType, columns?: readonly { name: string; type: StaticType }[]): void {
    const known = this.#cells.get(name);
    if (known?.isRecord === true && (known.isTyped || columns === undefined)) return;
    const fields = (columns ?? []).map(
      (column) => [column.name, { type: column.type, lineage: new Map<string, Source>() }] as const,
    );
    const lineage = known?.lineage ?? new Map<string, Source>();
    this.#cells.set(name, {
      name,
      type,
      lineage,
      fields: new Map(fields),
      isRecord: true,
      isTyped: columns !== undefined,
    });
  }

  typeOf(name: string): StaticType {
    return this.#cells.get(name)?.type ?? UNDETERMINED;
  }

  names(): readonly string[] {
    return [...this.#cells.keys()];
  }

  /** Was there ever an assignment, and be it of a constant? */
  isAssigned(name: string): boolean {
    return this.#assigned.has(name);
  }

  assign(name: string, value: Value): void {
    const cell = this.#cells.get(name);
    if (cell === undefined) return;
    if (!this.#assigned.has(name)) this.#growth += 1;
    this.#assigned.add(name);
    this.#add(cell.lineage, value.lineage);
    if (!cell.isRecord) return;
    if (value.fields !== undefined) this.#assignFields(cell, value.fields);
    else for (const field of cell.fields.values()) this.#add(field.lineage, value.lineage);
  }

  assignField(name: string, field: string, lineage: Lineage): void {
    const cell = this.#cells.get(name);
    if (cell === undefined) return;
    this.#add(this.#field(cell, field).lineage, lineage);
    this.#add(cell.lineage, lineage);
  }

  /** A row of a query goes into a record. */
  assignRow(name: string, rows: Rows): void {
    const [only] = rows.columns;
    const isRowValue = rows.columns.length === 1 && rows.open === undefined && only?.fields !== undefined;
    const lineage = lineageOfRows(rows);
    if (rows.open !== undefined) this.assign(name, { lineage, type: ROW });
    else this.assign(name, { lineage, type: ROW, fields: isRowValue ? only.fields : rows.columns });
  }

  value(name: string): Value | undefined {
    const cell = this.#cells.get(name);
    if (cell === undefined) return undefined;
    if (!cell.isRecord) return { lineage: cell.lineage, type: cell.type };
    return cell.fields.size === 0
      ? { lineage: cell.lineage, type: cell.type }
      : { lineage: cell.lineage, type: cell.type, fields: fieldsOf(cell) };
  }

  /** A record's fields; any other name may be one as well, until its type tells all of them. */
  record(name: string): Rows | undefined {
    const cell = this.#cells.get(name);
    if (cell === undefined || !cell.isRecord) return undefined;
    const columns = fieldsOf(cell);
    return cell.isTyped ? { columns } : { columns, open: cell.lineage, openType: UNDETERMINED };
  }

  #assignFields(cell: Cell, values: readonly Column[]): void {
    const names = [...cell.fields.keys()];
    values.forEach((value, at) => {
      const name = cell.isTyped ? names[at] : value.name;
      if (name !== undefined) this.#add(this.#field(cell, name, value.type).lineage, value.lineage);
    });
  }

  #field(cell: Cell, name: string, type: StaticType = UNDETERMINED): { readonly lineage: Map<string, Source> } {
    const known = cell.fields.get(name);
    if (known !== undefined) return known;
    const created = { type, lineage: new Map<string, Source>() };
    cell.fields.set(name, created);
    this.#growth += 1;
    return created;
  }

  #add(into: Map<string, Source>, lineage: Lineage): void {
    for (const [key, one] of lineage) {
      if (into.has(key)) continue;
      into.set(key, one);
      this.#growth += 1;
    }
  }
}

function fieldsOf(cell: Cell): readonly Column[] {
  return [...cell.fields].map(([name, { type, lineage }]) => ({ name, type, lineage }));
}
