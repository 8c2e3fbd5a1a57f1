import type { Access, Resource } from '../facts.ts';
import type { Namespace } from '../analyzer.ts';
import type { BodyFacts } from './body-facts.ts';
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
  /** False where a function that it calls writes or locks. */
  readonly isReadOnly: boolean;
};

/** What a write to a table calls besides what the statement says. */
export type WriteFacts = {
  /** By column name; columns without a default, or with a harmless one, are left out. */
  readonly defaults: ReadonlyMap<string, readonly Access[]>;
  /** CHECK constraints, generated columns, expressions of indexes. */
  readonly always: readonly Access[];
  /** The columns of each unique index or exclusion constraint, those inside of its expressions included. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** The columns of each expression that a write evaluates: CHECKs, generated columns, indexes. Only those of two or more. */
  readonly evaluatedTogether: readonly (readonly string[])[];
};

/** Answers that depend on the catalog alone, kept from statement to statement. One for each catalog. */
export type QueryMemo = {
  /** By oid, and by oid and session where functions have a part in it, whose bodies each session reads in its own way. */
  readonly views: Map<string, ViewFacts | 'inProgress'>;
  readonly writes: Map<string, WriteFacts | 'inProgress'>;
  /** What the row-security policies of a table call and read. */
  readonly policies: Map<string, readonly Access[] | 'inProgress'>;
  /** What functions touch, by function, session and arguments. */
  readonly bodies: Map<string, BodyFacts>;
  readonly namespaces: WeakMap<Namespace, string>;
  /** Columns of tables, by oid and whether descendants count. */
  readonly columns: Map<string, readonly Column[]>;
};

export function createQueryMemo(): QueryMemo {
  return {
    views: new Map(),
    writes: new Map(),
    policies: new Map(),
    bodies: new Map(),
    namespaces: new WeakMap(),
    columns: new Map(),
  };
}
