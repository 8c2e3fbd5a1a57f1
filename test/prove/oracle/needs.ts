/** What PostgreSQL itself says that a statement touches. Columns are `schema.table.column`, tables `schema.table`. */
export type Needs = {
  /** Columns that are read. */
  readonly reads: Set<string>;
  /** Tables of which rows are read, whether or not a column is. */
  readonly rows: Set<string>;
  readonly inserts: Set<string>;
  readonly updates: Set<string>;
  /** Tables that rows are added to, taken from, or locked in (SELECT FOR UPDATE asks for the right to update). */
  readonly insertsInto: Set<string>;
  readonly deletes: Set<string>;
  readonly locks: Set<string>;
  /** `schema.name` of what is called. */
  readonly calls: Set<string>;
  /** Asked for without anything of them flowing: all of a whole row of which one field is taken; those behind EXCLUDED. */
  readonly idle: Set<string>;
  /** Views inside of views: resources that nobody has to be asked for. */
  readonly innerViews: Set<string>;
  /** Columns that PostgreSQL asks the owners of views for, whether or not the statement uses that part of the view. */
  readonly ownersReads: Set<string>;
  /** What views call, whether or not the statement uses that part of the view. */
  readonly ownersCalls: Set<string>;
  /** False for utility statements without a query: PostgreSQL says nothing of them before they run. */
  hasQuery: boolean;
  /** What the statements that rules add do, by the right of the table's owner. */
  readonly rules: Pick<Needs, 'reads' | 'inserts' | 'updates' | 'deletes'>;
};

export function noNeeds(): Needs {
  return {
    reads: new Set(),
    rows: new Set(),
    inserts: new Set(),
    updates: new Set(),
    insertsInto: new Set(),
    deletes: new Set(),
    locks: new Set(),
    calls: new Set(),
    idle: new Set(),
    innerViews: new Set(),
    ownersReads: new Set(),
    ownersCalls: new Set(),
    hasQuery: false,
    rules: { reads: new Set(), inserts: new Set(), updates: new Set(), deletes: new Set() },
  };
}
