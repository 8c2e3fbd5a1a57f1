import type { AccessFacts, StatementFacts } from '../../policy/access/facts.ts';
import { type CallMessage, withCall } from '../../policy/access/function-call-message.ts';
import type { Namespace } from '../../policy/access/analyzer.ts';
import { withParameterTypes } from '../../policy/access/parameter-types.ts';
import { holdCancelled, inFailedTransaction, notSupported, type PgError } from '../wire/pg-error.ts';
import { cancelsDelivered } from './cancel.ts';
import { isFailedFor, refusalIn } from './failed-transaction.ts';
import type { JudgeRequest, Verdict } from './gate-contract.ts';
import { hold } from './hold.ts';
import { dropOwnCatalog, isOwnCatalogTrue, useOwnCatalog } from './own-catalog.ts';
import { probeNamespace } from './probe.ts';
import { refuse } from './refuse.ts';
import { dispatch, isSkipping, type SessionState, throwIfEnded } from './session-state.ts';
import { settle } from './settle.ts';

export type Forward = Extract<Verdict, { kind: 'forward' }>;

/** The part of a request that the message decides; the rest is the session's state at that moment. */
export type Question = Pick<JudgeRequest, 'text' | 'protocol' | 'stage'> &
  Partial<Pick<JudgeRequest, 'namespace' | 'boundFacts' | 'parameterValue'>> & {
    /** As Parse declared them. */
    readonly parameterTypeOids?: readonly number[];
    /** For a FunctionCall message, whose text is only a stand-in. */
    readonly call?: CallMessage;
  };

/**
 * Asks the gate, and holds the statement for as long as the gate says so, asking again after each confirmation.
 * @returns undefined when the statement is not to be forwarded: it was refused and answered, or the batch has failed
 * @throws SessionClosed
 */
export async function judge(session: SessionState, question: Question): Promise<Forward | undefined> {
  session.currentText = question.text;
  try {
    for (;;) {
      if (!isPrepared(session)) await prepareToJudge(session);
      if (isSkipping(session)) return undefined;
      const verdict = await session.deps.gate.judge(request(session, question));
      if (session.ended || isSkipping(session)) return abandon(session, verdict);
      const error = await obstacle(session, verdict, question.text);
      if (error === undefined && verdict.kind === 'forward') return verdict;
      if (error === undefined) continue;
      await refuse(session, question.protocol, refusalIn(session, question.text, error));
      return undefined;
    }
  } finally {
    session.currentText = undefined;
    dispatch(session, { kind: 'judged' });
  }
}

/** Nothing has to be waited for before judging, as mostly. */
export function isPrepared(session: SessionState): boolean {
  const { pipeline, deps, catalogChange, isUncertain, status, cancels } = session;
  if (!isOwnCatalogTrue(session)) return false;
  if (cancels.sent !== undefined || cancels.next !== undefined) return false;
  if (pipeline.length > deps.limits.maxPendingMessages || pipeline.isMovingNames) return false;
  return catalogChange === undefined && (!isUncertain || status === 'E');
}

/**
 * Makes what the session knows of names true: answers that may change them have come, the catalog is read again after
 * DDL, and upstream was asked where code may have changed them unseen.
 * @throws SessionClosed
 */
export async function prepareToJudge(session: SessionState): Promise<void> {
  const { pipeline, deps } = session;
  await cancelsDelivered(session);
  throwIfEnded(session);
  if (pipeline.length > deps.limits.maxPendingMessages) await settle(session);
  if (pipeline.isMovingNames) await settle(session);
  while (session.catalogChange) {
    const change = session.catalogChange;
    await change;
    if (session.catalogChange === change) session.catalogChange = undefined;
    throwIfEnded(session);
  }
  if (!isOwnCatalogTrue(session)) dropOwnCatalog(session);
  if (!session.isUncertain || session.status === 'E') return;
  await settle(session);
  if (isSkipping(session)) return;
  session.isUncertain = false;
  session.namespace.observe(await probeNamespace(session));
}

function request(session: SessionState, { parameterTypeOids = [], call, ...question }: Question): JudgeRequest {
  const { names, namespace, batch } = session;
  const meaning = withParameterTypes(namespace.current(), parameterTypeOids);
  return {
    namespace: call === undefined ? meaning : withCall(meaning, call),
    ...question,
    transaction: {
      status: session.status,
      hasWritten: session.hasWritten,
      hasUncommittedDdl: namespace.hasUncommittedDdl,
    },
    afterDdl: async () => namespaceAfterDdl(session, parameterTypeOids),
    prepared: (name) => {
      const found = names.statement(name, batch.number);
      return found.kind === 'known' ? found.value.text : undefined;
    },
    cursor: (name) => {
      const found = names.portal(name, batch.number);
      return found.kind === 'known' ? found.value.facts.statements : undefined;
    },
  };
}

/** What names mean to the transaction itself, which sees its own DDL; undefined where that cannot be found out. */
export async function namespaceAfterDdl(
  session: SessionState,
  parameterTypeOids: readonly number[],
): Promise<Namespace | undefined> {
  const namespace = await useOwnCatalog(session);
  return namespace === undefined ? undefined : withParameterTypes(namespace, parameterTypeOids);
}

/** Judged for nothing: the session ended or the batch failed meanwhile. */
function abandon(session: SessionState, verdict: Verdict): undefined {
  if (verdict.kind === 'hold') verdict.held.withdraw('disconnect');
  if (verdict.kind === 'forward') neverRan(session, verdict, undefined);
  throwIfEnded(session);
  return undefined;
}

/** Why it does not go on: refused, or not confirmed, or cancelled meanwhile. undefined: it does, or is judged again. */
function obstacle(
  session: SessionState,
  verdict: Verdict,
  text: string,
): PgError | undefined | ReturnType<typeof hold> {
  switch (verdict.kind) {
    case 'refuse':
      return verdict.error;
    case 'hold':
      if (!isFailedFor(text, session)) return holdSettled(session, verdict);
      // It could not run: nobody needs to prove anything for it.
      verdict.held.withdraw('cancel');
      return inFailedTransaction();
    case 'forward': {
      const error = session.isCancelled ? holdCancelled() : untraceable(session, verdict.facts);
      if (error !== undefined) neverRan(session, verdict, error.sqlstate);
      return error;
    }
  }
}

function neverRan(session: SessionState, verdict: Forward, sqlstate: string | undefined): void {
  if (verdict.decisionId === undefined) return;
  const completion = { outcome: 'cancelled', rows: 0, bytes: 0, durationMs: 0 } as const;
  session.deps.gate.complete(verdict.decisionId, sqlstate === undefined ? completion : { ...completion, sqlstate });
}

const KEEPS_NAMES: readonly string[] = ['begin', 'savepoint', 'release'];

/**
 * Attack: after `SET search_path` in a transaction, `ROLLBACK; SELECT ...` in one Query. The facts of the SELECT were
 * found under the path that the ROLLBACK undoes.
 */
function untraceable(session: SessionState, facts: AccessFacts): ReturnType<typeof notSupported> | undefined {
  const { statements } = facts;
  if (statements.length < 2 || !session.namespace.hasUncommittedChanges) return undefined;
  const undoing = statements.findIndex(({ effects }) =>
    effects.some((effect) => effect.kind === 'transaction' && !KEEPS_NAMES.includes(effect.verb)),
  );
  if (undoing < 0 || !statements.slice(undoing + 1).some(usesNames)) return undefined;
  return notSupported(
    'a statement behind the end of a transaction that changed names',
    'send it as a separate statement',
  );
}

/** `COMMIT; BEGIN`, as some drivers send it, does not. */
function usesNames({ accesses, effects }: StatementFacts): boolean {
  if (effects.some(({ kind }) => kind === 'executePrepared' || kind === 'fetchCursor')) return true;
  return accesses.some(({ action }) => action !== 'connect' && action !== 'set');
}

async function holdSettled(
  session: SessionState,
  verdict: Extract<Verdict, { kind: 'hold' }>,
): ReturnType<typeof hold> {
  try {
    await settle(session);
  } catch (error) {
    verdict.held.withdraw('disconnect');
    throw error;
  }
  if (isSkipping(session)) {
    verdict.held.withdraw('cancel');
    return undefined;
  }
  return hold(session, verdict);
}
