import type { CatalogIndex } from '../../catalog/catalog-index.ts';
import type { Namespace } from '../analyzer.ts';
import type { Collector } from '../collector.ts';
import type { ResultColumn, Span } from '../facts.ts';
import type { BodyHooks } from './body-facts.ts';
import type { QueryMemo } from './memo.ts';
import type { Variables } from './variables.ts';
import type { Tree } from '../tree.ts';

/** What the analysis of one statement needs to know besides its tree. */
export type Environment = {
  readonly index: CatalogIndex;
  readonly namespace: Namespace;
  /** From a byte offset (and length in bytes) of the message's text to its code units. */
  readonly toSpan: (byteOffset: number, length?: number) => Span;
  /** Parses SQL of the catalog (view definitions, generated columns, defaults); gives the statements' wrapped nodes. */
  readonly parse: (sql: string) => readonly unknown[];
  /** `createQueryMemo()`, once for each catalog: shared by all statements that are analysed against it. */
  readonly memo: QueryMemo;
  /** Queries and expressions inside one another; deeper is refused (54000). Default 500. */
  readonly maxDepth?: number;
  /** Asked for built-ins that are not harmless by themselves; true: it has reported all that there is to report. */
  readonly onSpecialCall?: (call: SpecialCall) => boolean;
  /** Where the bodies of functions run, where that is not `namespace`: inside of the catalog's own SQL. */
  readonly session?: Namespace;
  /** In the body of a function: what its names mean besides columns. */
  readonly variables?: Variables;
  /** Left out: bodies are read as far as they are queries. */
  readonly hooks?: BodyHooks;
  /** Parses a CREATE FUNCTION or DO with PL/pgSQL in it; left out: such bodies are not read. */
  readonly parsePlpgsql?: (statement: string) => Tree;
};

/** A call whose meaning depends on its arguments: set_config, pg_notify, nextval... */
export type SpecialCall = {
  readonly name: string;
  /** The arguments' nodes as the parser gives them. */
  readonly args: readonly unknown[];
  readonly location: number | undefined;
  readonly collector: Collector;
  readonly env: Environment;
};

/** A column of a result. */
export type OutputColumn = ResultColumn & {
  /** As TempRelation.typeOids. */
  readonly typeOid: number;
};
