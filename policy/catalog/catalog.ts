/**
 * A snapshot of what the database has. Plain data (structured-cloneable): it is sent to the parser's worker.
 * Names are as the server stores them (already case-folded). oids are the server's.
 */

export type RelationKind =
  | 'table'
  | 'partitionedTable'
  | 'view'
  | 'materializedView'
  | 'foreignTable'
  | 'sequence'
  | 'compositeType';

export type CatalogColumn = {
  readonly name: string;
  /** attnum: 1-based; system columns are not listed. */
  readonly number: number;
  /** format_type(), e.g. `character varying(20)`, `public.customer_status`. */
  readonly type: string;
  readonly typeOid: number;
  /** Expression of a generated column, deparsed with an empty search_path. */
  readonly generated?: string;
  /** Expression of the default, deparsed with an empty search_path. */
  readonly default?: string;
};

export type CatalogRelation = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly owner: string;
  readonly columns: readonly CatalogColumn[];
  /** oids of the relations it inherits from or is a partition of (direct parents). */
  readonly parents: readonly number[];
  /** pg_get_viewdef() of a view or materialised view, deparsed with an empty search_path (every name qualified). */
  readonly definition?: string;
  /** Expressions of CHECK constraints and of row security for writes, deparsed with an empty search_path. */
  readonly checks: readonly string[];
  readonly triggers: readonly CatalogTrigger[];
  /** Rules other than a view's own _RETURN. */
  readonly rules: readonly { readonly name: string; readonly event: string; readonly definition: string }[];
  readonly hasRowSecurity: boolean;
  /** Whether it hides rows from the role that has read the catalog; left out where that is not known. */
  readonly isRowSecurityActive?: boolean;
  /** FORCE ROW LEVEL SECURITY: the owner is subject to it too. */
  readonly isRowSecurityForced?: boolean;
  /** A view that is read with the rights of whoever reads it. */
  readonly isSecurityInvoker?: boolean;
  /** Row-security policies, enabled or not; left out where there are none. */
  readonly policies?: readonly CatalogPolicy[];
  /** Foreign keys of this table; left out where there are none. */
  readonly foreignKeys?: readonly CatalogForeignKey[];
  /** oids of the tables that its foreign keys refer to; where it is left out, `foreignKeys` tells. */
  readonly references?: readonly number[];
  /** Indexes that can say whether a value is there, or that call code; left out where there are none. */
  readonly indexes?: readonly CatalogIndexFacts[];
};

/** A row-security policy: conditions on every row that is read (`using`) or written (`check`), added by the server. */
export type CatalogPolicy = {
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  /** Deparsed with an empty search_path, as all expressions here. */
  readonly using?: string;
  readonly check?: string;
};

/** What happens to the referring rows when the row that they refer to goes or changes. */
export type ForeignKeyAction = 'noAction' | 'restrict' | 'cascade' | 'setNull' | 'setDefault';

export type CatalogForeignKey = {
  readonly columns: readonly string[];
  /** oid of the table that it refers to. */
  readonly references: number;
  readonly referencedColumns: readonly string[];
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
};

export type CatalogIndexFacts = {
  /** Primary keys, unique indexes and exclusion constraints: a write that breaks one says so. */
  readonly isUnique: boolean;
  /** Plain key columns. */
  readonly columns: readonly string[];
  /** Key expressions (one text, with commas between) and the predicate, deparsed with an empty search_path. */
  readonly expressions: readonly string[];
};

export type CatalogTrigger = {
  readonly name: string;
  readonly functionOid: number;
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  /** pg_get_triggerdef(): its WHEN condition and UPDATE OF columns. */
  readonly definition?: string;
};

export type CatalogFunction = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** oids of the input arguments' types (IN, INOUT, VARIADIC). */
  readonly argTypeOids: readonly number[];
  readonly argumentCountMin: number;
  readonly isVariadic: boolean;
  readonly returnTypeOid: number;
  readonly returnsSet: boolean;
  readonly language: string;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly isSecurityDefiner: boolean;
  /** Source text where the language is sql or plpgsql; pg_get_function_sqlbody for BEGIN ATOMIC. Built-ins have none. */
  readonly body?: string;
  readonly extension?: string;
  /** What seeing through a call needs besides the body; left out for built-ins and for languages that are not read. */
  readonly code?: CatalogCode;
};

export type ParameterMode = 'in' | 'out' | 'inout' | 'variadic' | 'table';

export type CatalogCode = {
  /** pg_get_function_identity_arguments(): tells overloads apart. */
  readonly signature: string;
  /** Parameters of every mode, in order; `name` is empty where it has none. */
  readonly parameters: readonly { readonly name: string; readonly mode: ParameterMode; readonly typeOid: number }[];
  /** Default expressions of the last input parameters with commas between, deparsed with an empty search_path. */
  readonly defaults?: string;
  /** SET clauses of the definition, as `name=value`. */
  readonly settings: readonly string[];
  /** BEGIN ATOMIC or RETURN: `body` is deparsed, and its names were resolved when it was made. */
  readonly isAtomic: boolean;
  /** SECURITY DEFINER: whose names and rights count inside, and which schemas that role may use. */
  readonly definer?: { readonly role: string; readonly schemas: readonly string[] };
  /** oids of the functions that an aggregate consists of. */
  readonly parts: readonly number[];
};

export type CatalogType = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'range' | 'pseudo' | 'array';
  /** The relation of a composite (row) type, or of the one that a domain is over. */
  readonly relationOid?: number;
  readonly elementOid?: number;
  /** What a domain is over. */
  readonly baseOid?: number;
  /**
   * Functions that making a value of the type calls, as schema.name: a domain's CHECKs, also of domains that it is made
   * of (base, element, columns). User functions, and built-ins that are not safe. Empty for nearly all types.
   */
  readonly domainChecks: readonly string[];
};

/** An operator or cast whose implementation is not a built-in: using it calls that function. */
export type CatalogOperator = {
  readonly schema: string;
  readonly name: string;
  readonly functionOid: number;
};
/** functionOid 0: WITHOUT FUNCTION or WITH INOUT. It calls nothing, but a value can become the other type by it. */
export type CatalogCast = {
  readonly sourceTypeOid: number;
  readonly targetTypeOid: number;
  readonly functionOid: number;
};

export type Catalog = {
  /** Grows by one with every snapshot that differs from the one before. */
  readonly version: number;
  readonly database: string;
  /** The role that has read it: `schemas` and row security are as this role sees them. */
  readonly role?: string;
  /** server_version_num, e.g. 180004. */
  readonly serverVersion: number;
  readonly relations: readonly CatalogRelation[];
  readonly functions: readonly CatalogFunction[];
  /** All types of the database but the built-ins' own row and array types that nothing needs. */
  readonly types: readonly CatalogType[];
  readonly userOperators: readonly CatalogOperator[];
  readonly userCasts: readonly CatalogCast[];
  /** Schemas that the loading role may use: others are skipped in a search_path, though their relations are listed. */
  readonly schemas: readonly string[];
};

/** Runs one query and gives rows of text values; supplied by whoever owns the connection. */
export type QueryFn = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;
