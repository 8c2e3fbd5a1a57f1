import type { CatalogIndex } from '../../catalog/catalog-index.ts';
import type { Namespace } from '../analyzer.ts';
import type { Collector } from '../collector.ts';
import type { Access, Span } from '../facts.ts';
import type { QueryMemo } from './memo.ts';

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
export type OutputColumn = {
  readonly name: string;
  /** Reads of the base columns whose value flows in, usage `output`. */
  readonly sources: readonly Access[];
  /** As TempRelation.typeOids. */
  readonly typeOid: number;
  /** Stands for further columns, of unknown number and name (`SELECT * FROM f()`); always the last. */
  readonly isOpen?: true;
};
