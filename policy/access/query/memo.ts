import type { Access, Resource } from '../facts.ts';
import type { Column, Rows } from './value.ts';

type TableResource = Extract<Resource, { kind: 'table' }>;

/** What a view reads. */
export type ViewFacts = {
  /** Its columns by position. */
  readonly rows: Rows;
  /** Every access that its rows depend on, whichever columns are asked for. */
  readonly conditions: readonly Access[];
  /** The tables whose rows it shows. */
  readonly tables: readonly TableResource[];
};

/** What a write to a table calls besides what the statement says. */
export type WriteFacts = {
  /** By column name; columns without a default, or with a harmless one, are left out. */
  readonly defaults: ReadonlyMap<string, readonly Access[]>;
  /** CHECK constraints, generated columns, expressions of indexes. */
  readonly always: readonly Access[];
  /** The columns of each unique index or exclusion constraint, those inside of its expressions included. */
  readonly uniqueKeys: readonly (readonly string[])[];
};

/** Answers that depend on the catalog alone, kept from statement to statement. One for each catalog. */
export type QueryMemo = {
  readonly views: Map<number, ViewFacts | 'inProgress'>;
  readonly writes: Map<number, WriteFacts | 'inProgress'>;
  /** Columns of tables, by oid and whether descendants count. */
  readonly columns: Map<string, readonly Column[]>;
};

export function createQueryMemo(): QueryMemo {
  return { views: new Map(), writes: new Map(), columns: new Map() };
}
