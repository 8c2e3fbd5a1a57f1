import { encodeFlush } from '../wire/frontend-encode.ts';
import type { Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts } from '../../policy/access/facts.ts';
import { withParameterTypes } from '../../policy/access/parameter-types.ts';
import { argumentText, decodeBindArguments } from '../wire/arguments.ts';
import type { Frame } from '../wire/frames.ts';
import { decodeBind, decodeExecute, decodeParse } from '../wire/frontend-messages.ts';
import {
  limitExceeded,
  notSupported,
  type PgError,
  portalDoesNotExist,
  preparedStatementDoesNotExist,
} from '../wire/pg-error.ts';
import { createExecution, isCopy } from './execution.ts';
import { refusalIn } from './failed-transaction.ts';
import type { JudgeRequest } from './gate-contract.ts';
import { type Forward, isPrepared, judge, namespaceAfterDdl, prepareToJudge } from './judge.ts';
import type { Lookup, Portal } from './names.ts';
import { refuse } from './refuse.ts';
import { isSkipping, type SessionState, throwIfEnded, waitUntil } from './session-state.ts';
import { settle } from './settle.ts';

/** Analysis only: what PostgreSQL would refuse at Parse is refused here; policies are asked at Bind and Execute. */
export async function handleParse(session: SessionState, frame: Frame): Promise<void> {
  const { name, text, parameterTypeOids } = decodeParse(frame);
  if (!isPrepared(session)) await prepareToJudge(session);
  if (isSkipping(session)) return;
  const verdict = await session.deps.gate.checkParse(
    text,
    meaning(session, parameterTypeOids),
    afterDdl(session, parameterTypeOids),
  );
  throwIfEnded(session);
  if (isSkipping(session)) return;
  if (verdict.kind === 'refuse') return refuseParse(session, name, refusalIn(session, text, verdict.error));
  if (session.names.textLength + text.length > session.deps.limits.maxPreparedTextLength) {
    return refuseHere(session, text, tooManyStatements());
  }
  const change = {
    target: 'S',
    name,
    batch: session.batch.number,
    value: { text, facts: verdict.facts, parameterTypeOids },
  } as const;
  session.names.expect(change);
  session.pipeline.push({ kind: 'parse', change });
  sendInBatch(session, frame);
}

/** Planning can call functions, so that Bind is judged; what runs is judged at Execute. */
export async function handleBind(session: SessionState, frame: Frame): Promise<void> {
  const { portal, statement } = decodeBind(frame);
  const found = await lookUp(session, () => session.names.statement(statement, session.batch.number));
  if (isSkipping(session)) return;
  if (!found) return refuseHere(session, `Bind ${statement}`, preparedStatementDoesNotExist(statement));
  if (reachesNames(found.facts)) await settle(session);
  const { text, parameterTypeOids = [] } = found;
  const parameterValue = (number: number): string | null | undefined => {
    const argument = decodeBindArguments(frame)[number - 1];
    return argument === undefined ? undefined : argumentText(argument, parameterTypeOids[number - 1] ?? 0);
  };
  const question = { text, protocol: 'extended', stage: 'bind', parameterTypeOids, parameterValue } as const;
  const verdict = await judge(session, question);
  if (!verdict) return;
  const namespace = meaning(session, parameterTypeOids);
  const value = { text, facts: verdict.facts, namespace, isHoldable: false, parameterTypeOids };
  const change = { target: 'P', name: portal, batch: session.batch.number, value } as const;
  session.names.expect(change);
  session.pipeline.push({ kind: 'bind', change });
  sendInBatch(session, frame);
}

/** INVARIANT 6: each Execute of a portal is a decision of its own. */
export async function handleExecute(session: SessionState, frame: Frame): Promise<void> {
  const { portal } = decodeExecute(frame);
  const found = await lookUp(session, () => session.names.portal(portal, session.batch.number));
  if (isSkipping(session)) return;
  if (!found) return refuseHere(session, `Execute ${portal}`, portalDoesNotExist(portal));
  const isPlanned = PLANNED.has(kindOf(found.facts)) && !reachesNames(found.facts);
  const { parameterTypeOids = [] } = found;
  if (!isPlanned && found.namespace.key !== meaning(session, parameterTypeOids).key) {
    return refuseHere(session, found.text, stalePortal());
  }
  if (reachesNames(found.facts)) await settle(session);
  const bound = isPlanned ? { namespace: found.namespace, boundFacts: found.facts } : { parameterTypeOids };
  const verdict = await judge(session, { text: found.text, protocol: 'extended', stage: 'execute', ...bound });
  if (verdict) await forwardExecute(session, frame, found, verdict);
}

async function forwardExecute(session: SessionState, frame: Frame, portal: Portal, verdict: Forward): Promise<void> {
  const execution = createExecution({ ...verdict, text: portal.text, startedAtMs: session.deps.nowMs() });
  if (execution.isWriting) session.hasWritten = true;
  session.pipeline.push({ kind: 'execute', execution });
  session.batch.hasExecuted = true;
  sendInBatch(session, frame); // INVARIANT 1
  if (!isCopy(verdict.facts)) return;
  // A Sync that upstream reads while it copies in is ignored there: know first whether it does.
  session.link.send(encodeFlush());
  session.link.flush();
  await waitUntil(session, () => execution.hasBegun);
}

/** What names mean now, and what the parameters are: types of somebody's own bring code that the text does not show. */
function meaning(session: SessionState, parameterTypeOids: readonly number[]): Namespace {
  return withParameterTypes(session.namespace.current(), parameterTypeOids);
}

/** Only where DDL is uncommitted: else the name that Parse does not find is not there. */
function afterDdl(session: SessionState, parameterTypeOids: readonly number[]): JudgeRequest['afterDdl'] {
  if (!session.namespace.hasUncommittedDdl) return undefined;
  return async () => namespaceAfterDdl(session, parameterTypeOids);
}

/** Their names were resolved at Bind; a utility statement resolves its own when it runs. */
const PLANNED: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'VALUES', '']);

function kindOf(facts: AccessFacts): string {
  return facts.statements[0]?.kind ?? '';
}

/** EXECUTE and FETCH: what they reach must be settled, and is found when they run. */
function reachesNames(facts: AccessFacts): boolean {
  return facts.statements.some(({ effects }) =>
    effects.some(({ kind }) => kind === 'executePrepared' || kind === 'fetchCursor'),
  );
}

/** @returns undefined when nobody made the name, or the batch has failed meanwhile */
async function lookUp<Value>(session: SessionState, find: () => Lookup<Value>): Promise<Value | undefined> {
  if (!isPrepared(session)) await prepareToJudge(session);
  let found = find();
  if (found.kind === 'unsettled') {
    await settle(session);
    found = find();
  }
  return found.kind === 'known' ? found.value : undefined;
}

function sendInBatch(session: SessionState, frame: Frame): void {
  session.batch.isOpen = true;
  session.link.send(frame.bytes);
}

async function refuseHere(session: SessionState, text: string, error: PgError): Promise<void> {
  await session.deps.gate.recordRefusal({ text, protocol: 'extended', error });
  await refuse(session, 'extended', error);
}

async function refuseParse(session: SessionState, name: string, error: PgError): Promise<void> {
  const takesUnnamed = name === '';
  await refuse(session, 'extended', error, { takesUnnamed });
  if (takesUnnamed) session.names.forgetUnnamed();
}

function tooManyStatements(): PgError {
  return limitExceeded('too many prepared statements in this session', 'close or deallocate some of them');
}

function stalePortal(): PgError {
  return notSupported('Execute of a portal bound before names changed their meaning', 'bind it again');
}
