import type { AccessFacts, StatementFacts } from '../../policy/access/facts.ts';
import type { Completion } from './gate-contract.ts';

/** One run of a statement (or of the statements of one Query) that went upstream under one decision. */
export type Execution = {
  readonly decisionId: number | undefined;
  /** The message text that effects' spans point into. */
  readonly text: string;
  readonly facts: AccessFacts;
  readonly grantIds: readonly string[];
  readonly startedAtMs: number;
  /** movesNames() and isWriting() of the facts: asked for each later message. */
  readonly movesNames: boolean;
  readonly isWriting: boolean;
  rows: number;
  bytes: number;
  /** `rows` when the statement that runs now began. */
  rowsBefore: number;
  /** How many of the statements have completed. */
  statementsDone: number;
  /** COPY and the like: the answer has begun, or has ended without beginning. */
  hasBegun: boolean;
  sqlstate: string | undefined;
};

export function createExecution(fields: {
  readonly decisionId: number | undefined;
  readonly text: string;
  readonly facts: AccessFacts;
  readonly grantIds?: readonly string[] | undefined;
  readonly startedAtMs: number;
}): Execution {
  return {
    decisionId: fields.decisionId,
    text: fields.text,
    facts: fields.facts,
    grantIds: fields.grantIds ?? [],
    startedAtMs: fields.startedAtMs,
    movesNames: movesNames(fields.facts),
    isWriting: isWriting(fields.facts),
    rows: 0,
    bytes: 0,
    rowsBefore: 0,
    statementsDone: 0,
    hasBegun: false,
    sqlstate: undefined,
  };
}

export function isWriting(facts: AccessFacts): boolean {
  return facts.statements.some((statement) => !statement.isReadOnly);
}

export function isCopy(facts: AccessFacts): boolean {
  return facts.statements.some((statement) => statement.kind.startsWith('COPY'));
}

/**
 * True when what names mean may differ after the statement: nothing is judged until it is answered.
 * BEGIN and SAVEPOINT change nothing by themselves, and waiting for each would cost drivers a round trip a transaction.
 */
export function movesNames(facts: AccessFacts): boolean {
  return facts.statements.some((statement) => statement.effects.some(isMoving) || runsForeignCode(statement));
}

function isMoving(effect: StatementFacts['effects'][number]): boolean {
  switch (effect.kind) {
    case 'set':
      return ['search_path', 'role', 'session_authorization', 'all'].includes(effect.name.toLowerCase());
    case 'transaction':
      return effect.verb !== 'begin' && effect.verb !== 'savepoint';
    case 'prepare':
    case 'deallocate':
    case 'declareCursor':
    case 'closeCursor':
    case 'createTemp':
    case 'writeTemp':
    case 'dropTemp':
    case 'discard':
    case 'ddl':
      return true;
    case 'executePrepared':
    case 'fetchCursor':
      return false;
  }
}

/** A function, DO block or DDL may set search_path or make temporary tables that the facts cannot tell. */
export function runsForeignCode(statement: StatementFacts): boolean {
  if (statement.opaque.length > 0) return true;
  return statement.accesses.some(({ action }) => action === 'execute' || action === 'opaque' || action === 'ddl');
}

/** What an ended execution leaves in the audit. 57014 is a cancel, whoever asked for it. */
export function completionOf(execution: Execution, nowMs: number, isLost = false): Completion {
  const { rows, bytes, sqlstate } = execution;
  const durationMs = Math.max(0, nowMs - execution.startedAtMs);
  if (sqlstate !== undefined) {
    return { outcome: sqlstate === '57014' ? 'cancelled' : 'error', rows, bytes, durationMs, sqlstate };
  }
  return { outcome: isLost ? 'lost' : 'done', rows, bytes, durationMs };
}

/** The row count at the end of a command tag: `SELECT 3`, `INSERT 0 2`, `COPY 7`; undefined for tags without one. */
export function rowsOfTag(tag: string): number | undefined {
  const digits = /^(?:INSERT \d+|SELECT|UPDATE|DELETE|MERGE|MOVE|FETCH|COPY) (\d+)$/.exec(tag)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
