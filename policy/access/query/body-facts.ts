import type { CatalogFunction, CatalogRelation } from '../../catalog/catalog.ts';
import type { Access, Effect, Opaque, TempRelation, ValueFlow } from '../facts.ts';
import type { Environment, SpecialCall } from './environment.ts';
import type { Collector } from '../collector.ts';
import type { Rows, Value } from './value.ts';
import type { WriteEvent } from './write-facts.ts';

/** An argument of a call; `name` where the call names it (`f(id => 1)`). */
export type Argument = { readonly name?: string; readonly value: Value };

/** The row that a trigger sees as OLD and NEW. */
export type TriggerRow = {
  readonly relation: CatalogRelation;
  readonly event: WriteEvent;
  /** REFERENCING OLD TABLE, NEW TABLE: the rows of the statement under a name of the trigger's own. */
  readonly tables?: readonly TempRelation[];
};

/** A function that is about to be called. */
export type BodyCall = {
  readonly fn: CatalogFunction;
  /** undefined: nothing is known of the arguments. */
  readonly args: readonly Argument[] | undefined;
  readonly row?: TriggerRow;
};

/** What the body of a function touches, without places: it is another text. */
export type BodyFacts = {
  readonly accesses: readonly { readonly access: Access; readonly isUnselected: boolean }[];
  readonly opaque: readonly Opaque[];
  readonly effects: readonly Effect[];
  readonly flows: readonly ValueFlow[];
  readonly isReadOnly: boolean;
  /** Nothing of its own text is opaque; functions that it calls are accesses of their own. */
  readonly isSeenThrough: boolean;
  /** What it returns: the columns of its rows, or one. */
  readonly result: Rows;
};

/** What the analysis of a body needs of the rooms above: statements that are no queries, and the parser of PL/pgSQL. */
export type BodyHooks = {
  /** Reports a statement that is no query. */
  readonly utility: (node: unknown, env: Environment, collector: Collector) => void;
  /** Reports what a query does to temporary tables. */
  readonly afterQuery: (node: unknown, env: Environment, collector: Collector) => void;
  readonly onSpecialCall: (call: SpecialCall) => boolean;
};
