import type { Catalog } from '../catalog/catalog.ts';
import type { PackedCatalog } from '../catalog/packed-catalog.ts';
import type { AccessFacts, TempRelation } from './facts.ts';
import type { CallMessage } from './function-call-message.ts';
import type { ParameterValue } from './parameter-values.ts';

/** Everything besides its text that decides what a statement's names mean. */
export type Namespace = {
  /**
   * The search_path as a list of schema names, `$user` already replaced, in the order given; without the implicit
   * pg_temp and pg_catalog, which resolution puts first unless they are listed.
   */
  readonly searchPath: readonly string[];
  /** The upstream role whose rights and defaults apply. */
  readonly role: string;
  readonly tempRelations: readonly TempRelation[];
  /** Inside of a SECURITY DEFINER function: the schemas that its owner may use, in place of the loading role's. */
  readonly usableSchemas?: readonly string[];
  /**
   * Types that Parse declared for $1, $2...; 0: not declared. Left out where all of them are built-in: only types of
   * somebody's own bring code (see `withParameterTypes`).
   */
  readonly parameterTypeOids?: readonly number[];
  /** Values of parameters that decide what the statement does, where they are known (see `withParameterValues`). */
  readonly parameterValues?: readonly ParameterValue[];
  /** A FunctionCall message: what it calls. The text is only a stand-in then. */
  readonly call?: CallMessage;
  /**
   * Of a catalog that the session's transaction has for itself, because it ran DDL that others cannot see yet. Left out:
   * everybody's catalog. See OwnCatalogs.
   */
  readonly catalogId?: string;
  /** Identity of all of the above: equal keys mean equal meaning. */
  readonly key: string;
};

/** Why a text has no facts. The error text is safe to show to the client. */
export type AnalysisRefusal = {
  readonly cause:
    | 'syntax' // PostgreSQL's grammar refuses it too
    | 'unsupported' // a statement or node kind that no rule knows
    | 'unknownName' // relation, column or function that the catalog does not have
    | 'unsound' // would change how text is read (standard_conforming_strings, client_encoding...)
    | 'limit' // bytes, nesting, time
    | 'readersDisagree' // the second reader saw a table that the authority did not
    | 'internal';
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters (code points), as in ErrorResponse field P. */
  readonly position?: number;
  /** Parameters ($1 is 1) whose values would tell what the statement does: see `withParameterValues`. */
  readonly needsParameters?: readonly number[];
};

/** `disagrees` only where the configuration records disagreements instead of refusing them. */
export type SecondOpinion = 'agrees' | 'disagrees' | 'noOpinion' | 'timedOut' | 'skipped';

export type Analysis =
  | { readonly kind: 'facts'; readonly facts: AccessFacts; readonly secondReader: SecondOpinion }
  | { readonly kind: 'refused'; readonly refusal: AnalysisRefusal };

/** Statement text -> facts. Results for equal (text, namespace, catalog version) are the same object, so they can key caches. */
export type Analyzer = {
  /** The cached result, or undefined. Never parses: this is the hot path. */
  peek(text: string, namespace: Namespace): Analysis | undefined;
  /** Never rejects: whatever goes wrong is a refusal. Runs in a worker with limits on bytes, nesting and time. */
  analyze(text: string, namespace: Namespace): Promise<Analysis>;
  /** Replaces the catalog; every cached analysis is void. Resolves when the worker has it. */
  useCatalog(catalog: Catalog | PackedCatalog): Promise<void>;
  readonly catalogVersion: number;
  close(): Promise<void>;
};

/** Catalogs besides everybody's, for transactions that ran DDL. */
export type OwnCatalogs = {
  /**
   * Analyses namespaces with this `catalogId` with it from now on. An id is used once.
   * @returns false when there is no room for one more
   */
  useOwnCatalog(id: string, catalog: PackedCatalog): Promise<boolean>;
  forgetOwnCatalog(id: string): void;
};
