import type { AccessFacts } from '../../policy/access/facts.ts';
import type { PgError } from '../wire/pg-error.ts';
import { analysisError } from './analysis-error.ts';
import { decideWithGrants, decideWithout } from './ask-policies.ts';
import { askStepUp } from './ask-step-up.ts';
import { permissionDenied } from './denial.ts';
import { findAnalysis, findFacts, isUntouchedByDdl } from './find-facts.ts';
import type { JudgeRequest, ParseVerdict, SessionGate, Verdict } from './gate-contract.ts';
import type { GateDeps, GateSubject } from './gate-deps.ts';
import { changed, clientError, evaluationFailed } from './gate-errors.ts';
import { createHiddenColumns } from './hidden-columns.ts';
import { createRecorder, type Recorded, type Recorder } from './recorder.ts';

/**
 * The one place that knows the wire, the policies, the audit and the step-up at once: a statement comes in, a verdict goes
 * out, and its audit row is committed in between (INVARIANT 2).
 */
export function createGate(subject: GateSubject, deps: GateDeps): SessionGate {
  const recorder = createRecorder(subject, deps);
  return {
    judge: async (request) => {
      try {
        return await judge(request, subject, deps, recorder);
      } catch (error) {
        return refuse(await recorder.refusal(request, clientError(error, deps)));
      }
    },
    checkParse: async (text, namespace, afterDdl) => {
      try {
        return await checkParse({ text, namespace, afterDdl }, deps, recorder);
      } catch (error) {
        return refuse(await recorder.refusal({ text, protocol: 'extended' }, clientError(error, deps)));
      }
    },
    recordRefusal: async ({ text, protocol, error }) => {
      await recorder.refusal({ text, protocol }, error);
    },
    hiddenBy: createHiddenColumns(subject, deps),
    complete: (decisionId, completion) => {
      deps.audit.append({ kind: 'completion', atMs: deps.nowMs(), decisionId, ...completion }).catch(deps.incident);
    },
    catalogChanged: async () => {
      try {
        await deps.catalog.refresh();
      } catch (error) {
        deps.incident(error); // it is not fresh now, so statements wait for it or are refused
      }
    },
  };
}

/** The right to use the database at all, asked once at login. */
export async function judgeConnect(subject: GateSubject, deps: GateDeps): Promise<PgError | undefined> {
  const recorder = createRecorder(subject, deps);
  const request = { text: '', protocol: 'connect' as const };
  try {
    const decision = decideWithout(CONNECT, subject, deps);
    const error =
      decision.kind === 'allow' ? undefined : changed(permissionDenied(decision.denied), { severity: 'FATAL' });
    await recorder.decision(request, CONNECT, { verdict: error === undefined ? 'allow' : 'refuse', decision, error });
    return error;
  } catch (error) {
    return changed(clientError(error, deps), { severity: 'FATAL' });
  }
}

const CONNECT: AccessFacts = {
  statements: [
    {
      kind: 'CONNECT',
      span: { start: 0, end: 0 },
      accesses: [{ action: 'connect', resource: { kind: 'database' }, usage: 'none', spans: [] }],
      opaque: [],
      effects: [],
      isReadOnly: true,
    },
  ],
};

async function judge(
  request: JudgeRequest,
  subject: GateSubject,
  deps: GateDeps,
  recorder: Recorder,
): Promise<Verdict> {
  const { facts, secondReader } = await findFacts(request, deps);
  const { decision, grantIds } = decideWithGrants(facts, subject, deps);
  switch (decision.kind) {
    case 'allow': {
      if (request.stage === 'bind') return { kind: 'forward', decisionId: undefined, facts, grantIds };
      if (decision.carries !== undefined) await deps.carryTags(decision.carries, subject);
      const outcome = { verdict: 'allow', decision, grantIds, secondReader } as const;
      return { kind: 'forward', decisionId: await recorder.decision(request, facts, outcome), facts, grantIds };
    }
    case 'refuse': {
      const { evaluationErrors, denied } = decision;
      const error =
        evaluationErrors === undefined ? permissionDenied(denied) : evaluationFailed(evaluationErrors, deps);
      const outcome = { verdict: 'refuse', decision, error, secondReader } as const;
      return { kind: 'refuse', error, decisionId: await recorder.decision(request, facts, outcome) };
    }
    case 'stepUp':
      return askStepUp(request, facts, decision, { subject, deps, recorder, secondReader });
  }
}

async function checkParse(
  { text, namespace, afterDdl }: Pick<JudgeRequest, 'text' | 'namespace' | 'afterDdl'>,
  deps: GateDeps,
  recorder: Recorder,
): Promise<ParseVerdict> {
  const found = await findAnalysis(text, namespace, deps);
  // Behind this message the batch is open, and it is too late to look.
  const isSettled = namespace.catalogId !== undefined || isUntouchedByDdl(found);
  const own = isSettled ? undefined : await afterDdl?.();
  const analysis = own === undefined ? found : await findAnalysis(text, own, deps);
  if (analysis.kind === 'facts') return { kind: 'accept', facts: analysis.facts };
  // Bind brings the values without which there are no facts; EXECUTE is told what is missing.
  if (analysis.refusal.needsParameters !== undefined) return { kind: 'accept', facts: { statements: [] } };
  return refuse(await recorder.refusal({ text, protocol: 'extended' }, analysisError(analysis.refusal)));
}

function refuse({ error, decisionId }: Recorded): { kind: 'refuse'; error: PgError; decisionId: number | undefined } {
  return { kind: 'refuse', error, decisionId };
}
