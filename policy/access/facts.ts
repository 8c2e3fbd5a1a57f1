/**
 * What a statement touches: the vocabulary that analysis, policies, audit and explanations share.
 * Plain data (structured-cloneable, JSON-able): it crosses from the parser's worker and into the audit store.
 */

/** Half-open range of UTF-16 code units in the text of the message (Query or Parse) that carried the statement. */
export type Span = { readonly start: number; readonly end: number };

/** Cedar's action ids. `connect` is the right to use the database at all: asked at login and for statements that touch nothing. */
export const ACTIONS = [
  'connect',
  'select',
  'insert',
  'update',
  'delete',
  'truncate',
  'lock',
  'maintain',
  'execute',
  'copy',
  'ddl',
  'set',
  'listen',
  'notify',
  'serverFile',
  'opaque',
] as const;
export type Action = (typeof ACTIONS)[number];

export type Resource =
  | { readonly kind: 'database' }
  | { readonly kind: 'schema'; readonly schema: string }
  | { readonly kind: 'table'; readonly schema: string; readonly table: string }
  | { readonly kind: 'column'; readonly schema: string; readonly table: string; readonly column: string }
  | FunctionResource
  | { readonly kind: 'setting'; readonly name: string }
  | { readonly kind: 'channel'; readonly name: string };

export type FunctionResource = {
  readonly kind: 'function';
  readonly schema: string;
  readonly name: string;
  /** pg_get_function_identity_arguments(): which overload; left out where the catalog does not tell. */
  readonly signature?: string;
  /** Everything that its body touches is among the accesses of the statement. */
  readonly isSeenThrough?: true;
};

/**
 * How a read column is used: does its value, or something computed from it, reach the result (or a written row), or does it
 * only steer which rows do? A column that a sub-select, CTE or view lists and nobody outside takes is a `condition`:
 * PostgreSQL asks for the right to read it, but nothing of it comes out. Both entries where both are true.
 * `write` is the target of an INSERT/UPDATE; `none` where the question does not arise.
 */
export type Usage = 'output' | 'condition' | 'write' | 'none';

/** Why an access that the text does not name is there: the read goes through a view, a generated column, ... */
export type Via =
  | 'view'
  | 'inheritance'
  | 'generated'
  | 'default'
  | 'constraint'
  | 'trigger'
  | 'temp'
  | 'prepared'
  | 'function'
  | 'policy';

export type Access = {
  readonly action: Action;
  readonly resource: Resource;
  readonly usage: Usage;
  readonly via?: Via;
  /** Of `copy`, which the engine makes of a statement's flows: where the value is brought. */
  readonly target?: ValueFlow['target'];
  /** Of `copy`: it is the value itself, nothing computed from it. */
  readonly isCopy?: boolean;
  /** Empty only where no part of the text can be pointed at. */
  readonly spans: readonly Span[];
};

/** A column (or, where it has none of its own, a table) that a value comes from. */
export type ValueSource = {
  readonly resource: Resource;
  /** The value is the column's as it is; false: something was computed from it. */
  readonly isCopy: boolean;
  readonly via?: Via;
};

/** A column of a statement's result. */
export type ResultColumn = {
  readonly name: string;
  readonly sources: readonly ValueSource[];
  /** Stands for further columns, of unknown number and name (`SELECT * FROM f()`); always the last. */
  readonly isOpen?: true;
};

/** Values that a statement brings into a column of a stored table; into the table, where it is not known which column. */
export type ValueFlow = {
  readonly target: Extract<Resource, { kind: 'column' | 'table' }>;
  readonly sources: readonly ValueSource[];
};

/** A part that cannot be seen through (dynamic SQL, DO, an untrusted body); each also appears as an access with action `opaque`. */
export type Opaque = {
  readonly what: string;
  readonly spans: readonly Span[];
  /** What the right is asked for; left out: the database. */
  readonly resource?: FunctionResource;
};

/** What a statement does to its session, to be applied when (and only if) upstream reports it done. */
export type Effect =
  | { readonly kind: 'set'; readonly name: string; readonly value: string | undefined; readonly isLocal: boolean }
  | {
      readonly kind: 'transaction';
      readonly verb: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackTo';
      readonly name?: string;
      /** COMMIT/ROLLBACK AND CHAIN: a new transaction is open afterwards. */
      readonly chain?: boolean;
    }
  | { readonly kind: 'prepare'; readonly name: string; readonly body: Span }
  | { readonly kind: 'executePrepared'; readonly name: string; readonly into?: NewTable }
  | { readonly kind: 'deallocate'; readonly name: string | undefined }
  | { readonly kind: 'declareCursor'; readonly name: string }
  | { readonly kind: 'fetchCursor'; readonly name: string }
  | { readonly kind: 'closeCursor'; readonly name: string | undefined }
  | {
      readonly kind: 'createTemp';
      readonly relation: TempRelation;
      /** ON COMMIT DROP: gone when the transaction ends, and then the name means what it meant before. */
      readonly dropOnCommit?: boolean;
    }
  | {
      readonly kind: 'writeTemp';
      readonly name: string;
      readonly sources: readonly Access[];
      /** What went into single columns; others got nothing new. Left out: `sources` went into all of them. */
      readonly columnSources?: readonly TempColumnSources[];
    }
  | { readonly kind: 'dropTemp'; readonly name: string }
  | { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'temp' | 'sequences' }
  /** The catalog may have changed: every cached analysis is void once this is done. */
  | { readonly kind: 'ddl' };

/** CREATE TABLE ... AS EXECUTE: what the rows go into, with the column names that the statement gives. */
export type NewTable = { readonly schema: string; readonly table: string; readonly columns: readonly string[] };

export type TempColumnSources = { readonly column: string; readonly sources: readonly ValueSource[] };

/**
 * A temporary table of one session, with its taint: reading it is judged as reading what went in. `sources` are what every
 * use of the table reads, as they decided which rows are there; `columnSources` what the values of single columns are.
 */
export type TempRelation = {
  readonly name: string;
  readonly columns: readonly string[];
  /** For each of `columns` its type's oid: 0 for a built-in one, -1 where it is not known. Left out: none is known. */
  readonly typeOids?: readonly number[];
  readonly sources: readonly Access[];
  /** For each of `columns` where its values come from. Left out: `sources` are the source of every column. */
  readonly columnSources?: readonly (readonly ValueSource[])[];
  /** A temporary view: reading it is judged like a table's, writing to it would reach other tables and is refused. */
  readonly isView?: true;
};

/** The columns of a row that an error message may show. */
export type PrintedRow = { readonly schema: string; readonly table: string; readonly columns: readonly string[] };

export type StatementFacts = {
  /** The words of PostgreSQL's command tag: SELECT, INSERT, COPY, CREATE TABLE AS, ... */
  readonly kind: string;
  readonly span: Span;
  readonly accesses: readonly Access[];
  readonly opaque: readonly Opaque[];
  readonly effects: readonly Effect[];
  /**
   * The columns of the rows that the client gets, and where they come from; for DECLARE CURSOR those that FETCH gives. Left
   * out where there are none, and where they are no rows of tables (SHOW, EXPLAIN).
   */
  readonly result?: readonly ResultColumn[];
  /** What is brought into columns of stored tables; left out where nothing is. */
  readonly flows?: readonly ValueFlow[];
  /** Tables whose rows an error message may show whole; left out where there are none. */
  readonly printedRows?: readonly PrintedRow[];
  /** True when upstream takes no row lock, writes nothing and blocks nobody: such a transaction may be held open. */
  readonly isReadOnly: boolean;
};

/** One element for each statement of the message, in order; empty for an empty query string. */
export type AccessFacts = { readonly statements: readonly StatementFacts[] };

/** A stable text key: `schema.table.column`, parts quoted as PostgreSQL quotes identifiers where they need it. */
export function resourceKey(resource: Resource): string {
  switch (resource.kind) {
    case 'database':
      return 'database';
    case 'schema':
      return `schema ${quoteIdent(resource.schema)}`;
    case 'table':
      return `${quoteIdent(resource.schema)}.${quoteIdent(resource.table)}`;
    case 'column':
      return `${quoteIdent(resource.schema)}.${quoteIdent(resource.table)}.${quoteIdent(resource.column)}`;
    case 'function':
      return `function ${quoteIdent(resource.schema)}.${quoteIdent(resource.name)}`;
    case 'setting':
      return `setting ${resource.name}`;
    case 'channel':
      return `channel ${quoteIdent(resource.name)}`;
  }
}

/** Quotes an identifier the way PostgreSQL's quote_ident does, but for reserved words, which stay as they are. */
export function quoteIdent(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
