import type { Collector } from '../collector.ts';
import type { ResultColumn, Span } from '../facts.ts';
import type { Environment } from '../query/environment.ts';
import type { Tree } from '../tree.ts';

/** What one statement is analysed in. */
export type Scene = {
  readonly env: Environment;
  readonly collector: Collector;
  /** The whole text of the message, and the statement's part of it. */
  readonly text: string;
  readonly span: Span;
  /** What earlier statements of the same text prepared and declared. */
  readonly local: LocalNames;
  /** Analyses a statement inside another one (EXPLAIN, EXECUTE); gives its kind. */
  readonly analyse: (node: unknown, scene: Scene) => string;
};

export type LocalNames = {
  /** PREPAREd earlier in this text: name -> the statement's wrapped node. */
  readonly prepared: ReadonlyMap<string, unknown>;
  /** DECLAREd earlier in this text: what they read was judged there, with the same message; the columns that they give. */
  readonly cursors: ReadonlyMap<string, readonly ResultColumn[]>;
};

export const NO_LOCAL_NAMES: LocalNames = { prepared: new Map(), cursors: new Map() };

/**
 * Reports what a statement of one kind touches.
 * @param body the fields of the node
 * @returns the kind: the words of PostgreSQL's command tag
 * @throws RefusedAnalysis for what it cannot vouch for
 */
export type StatementRule = (body: Tree, scene: Scene) => string;
