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
  | { readonly kind: 'function'; readonly schema: string; readonly name: string }
  | { readonly kind: 'setting'; readonly name: string }
  | { readonly kind: 'channel'; readonly name: string };

/**
 * How a read column is used: does its value reach the result (or a written row), or does it only steer which rows do?
 * `write` is the target of an INSERT/UPDATE; `none` where the question does not arise.
 */
export type Usage = 'output' | 'condition' | 'write' | 'none';

/** Why an access that the text does not name is there: the read goes through a view, a generated column, ... */
export type Via = 'view' | 'inheritance' | 'generated' | 'default' | 'constraint' | 'trigger' | 'temp' | 'prepared';

export type Access = {
  readonly action: Action;
  readonly resource: Resource;
  readonly usage: Usage;
  readonly via?: Via;
  /** Empty only where no part of the text can be pointed at. */
  readonly spans: readonly Span[];
};

/** A part that cannot be seen through (dynamic SQL, DO, an untrusted body); each also appears as an access with action `opaque`. */
export type Opaque = { readonly what: string; readonly spans: readonly Span[] };

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
  | { readonly kind: 'executePrepared'; readonly name: string }
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
  | { readonly kind: 'writeTemp'; readonly name: string; readonly sources: readonly Access[] }
  | { readonly kind: 'dropTemp'; readonly name: string }
  | { readonly kind: 'discard'; readonly what: 'all' | 'plans' | 'temp' | 'sequences' }
  /** The catalog may have changed: every cached analysis is void once this is done. */
  | { readonly kind: 'ddl' };

/**
 * A temporary table of one session. `sources` is its taint: reading the table is judged as reading these too,
 * because rows from them went in.
 */
export type TempRelation = {
  readonly name: string;
  readonly columns: readonly string[];
  /** For each of `columns` its type's oid: 0 for a built-in one, -1 where it is not known. Left out: none is known. */
  readonly typeOids?: readonly number[];
  readonly sources: readonly Access[];
  /** A temporary view: reading it is judged like a table's, writing to it would reach other tables and is refused. */
  readonly isView?: true;
};

export type StatementFacts = {
  /** The words of PostgreSQL's command tag: SELECT, INSERT, COPY, CREATE TABLE AS, ... */
  readonly kind: string;
  readonly span: Span;
  readonly accesses: readonly Access[];
  readonly opaque: readonly Opaque[];
  readonly effects: readonly Effect[];
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
