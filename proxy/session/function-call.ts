import { argumentText, decodeFunctionCall } from '../wire/arguments.ts';
import type { Frame } from '../wire/frames.ts';
import { createExecution, runsForeignCode } from './execution.ts';
import { type Forward, judge } from './judge.ts';
import { isSkipping, type SessionState } from './session-state.ts';
import { settle } from './settle.ts';

/**
 * The fast-path interface, which libpq's large objects use: judged as a SELECT of the function. INVARIANT 7.
 * @returns true when it went upstream
 */
export async function handleFunctionCall(session: SessionState, frame: Frame): Promise<boolean> {
  const { functionOid, args } = decodeFunctionCall(frame);
  const text = `FunctionCall ${functionOid}`;
  await settle(session);
  if (isSkipping(session)) return false;
  const verdict = await judge(session, {
    text,
    protocol: 'functionCall',
    stage: 'execute',
    call: { functionOid, argumentCount: args.length },
    parameterValue: (number) => {
      const argument = args[number - 1];
      return argument === undefined ? undefined : argumentText(argument, 0);
    },
  });
  if (!verdict) return false;
  forward(session, frame, text, verdict);
  return true;
}

/** There is no CommandComplete that would say which statement is done, so upstream is asked what names mean. */
function forward(session: SessionState, frame: Frame, text: string, verdict: Forward): void {
  const execution = createExecution({ ...verdict, text, startedAtMs: session.deps.nowMs() });
  const runsCode = verdict.facts.statements.some((one) => runsForeignCode(one) || one.effects.length > 0);
  if (execution.isWriting || runsCode) session.hasWritten = true;
  if (runsCode) session.isUncertain = true;
  if (execution.isWriting || runsCode) session.written.add(verdict.facts, session.deps.gate);
  session.pipeline.push({ kind: 'functionCall', execution });
  session.link.send(frame.bytes); // INVARIANT 1
  session.link.flush();
}
