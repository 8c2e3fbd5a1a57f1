import type { Analysis, Analyzer, Namespace } from '../../policy/access/analyzer.ts';
import type { AccessFacts } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import type {
  Assurance,
  Decision,
  DecisionContext,
  DeniedAccess,
  PolicyEngine,
  PolicyRef,
  Principal,
} from '../../policy/engine/decision.ts';
import type { AuditLog, AuditSubject, DecisionEntry } from '../audit/entry.ts';
import type { StepUp } from '../stepup/stepup.ts';
import { catalogUnavailable, internalError, notSupported, PgError } from '../wire/pg-error.ts';
import { analysisError } from './analysis-error.ts';
import { permissionDenied } from './denial.ts';
import type { JudgeRequest, ParseVerdict, SessionGate, Verdict } from './gate-contract.ts';
import { confirmThenRetry, holdNotice } from './hold-notice.ts';
import { isLinked, linkFacts } from './linked-facts.ts';

/** What all sessions share. */
export type GateDeps = {
  readonly analyzer: Analyzer;
  /** The engine of the policy set in force: read for every decision, because a reload replaces it. */
  readonly engine: () => PolicyEngine;
  readonly stepUp: StepUp;
  readonly audit: AuditLog;
  readonly catalog: {
    /** Reads the catalog again, at once. */
    refresh(): Promise<void>;
    /** Asks whether DDL was done elsewhere, unless that was asked a moment ago; true when the catalog changed. */
    recheck(): Promise<boolean>;
    /** False when it cannot be read, so that names may mean something else by now: fail closed. */
    fresh(): true | Promise<boolean>;
  };
  readonly stepUpMode: 'hold' | 'challenge';
  readonly inTransaction: 'holdUnlessWritten' | 'hold' | 'refuse';
  readonly holdTimeoutMs: number;
  readonly nowMs: () => number;
  /** Logs an unexpected error and gives the id that the client is told. */
  readonly incident: (error: unknown) => string;
};

/** Who this session is, and what is true for it now. */
export type GateSubject = {
  readonly principal: Principal;
  readonly sessionId: string;
  readonly address: string;
  readonly application: string;
  readonly database: string;
  readonly context: () => DecisionContext;
  /** The proof given at login. */
  readonly assurance: Assurance;
};

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
    checkParse: async (text, namespace) => {
      try {
        return await checkParse(text, namespace, deps, recorder);
      } catch (error) {
        return refuse(await recorder.refusal({ text, protocol: 'extended' }, clientError(error, deps)));
      }
    },
    recordRefusal: async ({ text, protocol, error }) => {
      await recorder.refusal({ text, protocol }, error);
    },
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
    const facts = CONNECT;
    const decision = decide(facts, subject, deps, () => subject.assurance);
    const denied = decision.kind === 'allow' ? [] : decision.denied;
    const error =
      decision.kind === 'allow' ? undefined : new PgError({ ...fieldsOf(permissionDenied(denied)), severity: 'FATAL' });
    await recorder.decision(request, facts, { verdict: error === undefined ? 'allow' : 'refuse', decision, error });
    return error;
  } catch (error) {
    const told = clientError(error, deps);
    return new PgError({ ...fieldsOf(told), severity: 'FATAL' });
  }
}

/** Characters kept of a text that was refused before analysis, which may be of any size. */
const MAX_AUDITED_REFUSAL = 100_000;

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
  if (request.protocol === 'functionCall') {
    throw notSupported('the function-call message', 'call the function in a SELECT');
  }
  const { text, namespace } = request;
  const analysis = request.boundFacts ?? known(text, namespace, deps) ?? (await analyse(text, namespace, deps));
  if ('kind' in analysis && analysis.kind === 'refused') throw analysisError(analysis.refusal);
  const own = 'kind' in analysis ? analysis.facts : analysis;
  const secondReader = 'kind' in analysis ? analysis.secondReader : undefined;
  if (request.transaction.hasUncommittedDdl) refuseAfterDdl(own);
  const facts = isLinked(own) ? await linkFacts(own, request, (body, at) => analyse(body, at, deps)) : own;
  const { decision, grantIds } = decideWithGrants(facts, subject, deps);
  switch (decision.kind) {
    case 'allow': {
      if (request.stage === 'bind') return { kind: 'forward', decisionId: undefined, facts, grantIds };
      const decisionId = await recorder.decision(request, facts, {
        verdict: 'allow',
        decision,
        grantIds,
        secondReader,
      });
      return { kind: 'forward', decisionId, facts, grantIds };
    }
    case 'refuse': {
      const { evaluationErrors } = decision;
      const error =
        evaluationErrors === undefined ? permissionDenied(decision.denied) : evaluationFailed(evaluationErrors, deps);
      const decisionId = await recorder.decision(request, facts, { verdict: 'refuse', decision, error, secondReader });
      return { kind: 'refuse', error, decisionId };
    }
    case 'stepUp':
      return stepUp(request, facts, decision, { subject, deps, recorder, secondReader });
  }
}

async function stepUp(
  request: JudgeRequest,
  facts: AccessFacts,
  decision: Decision & { readonly kind: 'stepUp' },
  at: { subject: GateSubject; deps: GateDeps; recorder: Recorder; secondReader: string | undefined },
): Promise<Verdict> {
  const { subject, deps, recorder, secondReader } = at;
  const why = whyNotHeld(request, deps);
  const verdict = why === undefined ? 'hold' : 'refuse';
  const decisionId = await recorder.decision(request, facts, { verdict, decision, secondReader });
  const held = deps.stepUp.challenge({
    principal: subject.principal,
    sessionId: subject.sessionId,
    address: subject.address,
    application: subject.application,
    database: subject.database,
    text: request.text,
    accesses: decision.denied.map(({ access }) => access),
    reasons: uniquePolicies(decision.denied),
    rung: decision.rung,
    maxAgeMs: decision.maxAgeMs,
    decisionId,
  });
  if ('kind' in held) {
    const error = new PgError({
      ...fieldsOf(permissionDenied(decision.denied)),
      detail: held.message,
      hint: held.hint,
    });
    const refusalId = await recorder.decision(request, facts, { verdict: 'refuse', decision, error, secondReader });
    return { kind: 'refuse', error, decisionId: refusalId };
  }
  if (why !== undefined) return { kind: 'refuse', error: confirmThenRetry(held, decision.denied, why), decisionId };
  return {
    kind: 'hold',
    held,
    notice: holdNotice(held, decision.denied, deps.nowMs()),
    decisionId,
    holdTimeoutMs: deps.holdTimeoutMs,
  };
}

/** INVARIANT 8: a hold must not keep locks upstream. undefined where the statement may wait; else a sentence for the person. */
function whyNotHeld({ transaction }: JudgeRequest, deps: GateDeps): string | undefined {
  if (deps.stepUpMode === 'challenge') return '';
  const isInTransaction = transaction.status !== 'I' || transaction.hasWritten;
  if (!isInTransaction || deps.inTransaction === 'hold') return undefined;
  if (deps.inTransaction === 'refuse') return 'It cannot wait inside a transaction.';
  return transaction.hasWritten ? 'It cannot wait in a transaction that has written or locked rows.' : undefined;
}

async function checkParse(
  text: string,
  namespace: Namespace,
  deps: GateDeps,
  recorder: Recorder,
): Promise<ParseVerdict> {
  const analysis = known(text, namespace, deps) ?? (await analyse(text, namespace, deps));
  if (analysis.kind === 'facts') return { kind: 'accept', facts: analysis.facts };
  return refuse(await recorder.refusal({ text, protocol: 'extended' }, analysisError(analysis.refusal)));
}

/** The hot path: facts that are there already, and hold. Nothing is waited for. */
function known(text: string, namespace: Namespace, deps: GateDeps): Analysis | undefined {
  if (deps.catalog.fresh() !== true) return undefined;
  const analysis = deps.analyzer.peek(text, namespace);
  return analysis?.kind === 'facts' ? analysis : undefined;
}

/** A name that the catalog does not have may have been made elsewhere a moment ago: then the catalog is read again. */
async function analyse(text: string, namespace: Namespace, deps: GateDeps): Promise<Analysis> {
  const isFresh = deps.catalog.fresh();
  if (isFresh !== true && !(await isFresh)) throw catalogUnavailable();
  const analysis = deps.analyzer.peek(text, namespace) ?? (await deps.analyzer.analyze(text, namespace));
  if (analysis.kind === 'facts' || analysis.refusal.cause !== 'unknownName') return analysis;
  return (await deps.catalog.recheck()) ? deps.analyzer.analyze(text, namespace) : analysis;
}

/** What DDL of the open transaction changed, the catalog cannot see yet: names may mean something else upstream. */
function refuseAfterDdl(facts: AccessFacts): void {
  const harmless = facts.statements.every(({ accesses }) =>
    accesses.every(({ action }) => action === 'connect' || action === 'ddl' || action === 'set'),
  );
  if (!harmless) {
    throw notSupported(
      'a statement that names tables, in a transaction that changed the schema,',
      'commit the change first',
    );
  }
}

/**
 * Decides with the session's own proof first, so that a grant is used, and recorded, only where it is needed.
 * INVARIANT 6: asked anew for every execution.
 */
function decideWithGrants(
  facts: AccessFacts,
  subject: GateSubject,
  deps: GateDeps,
): { readonly decision: Decision; readonly grantIds?: readonly string[] } {
  const decision = decide(facts, subject, deps, () => subject.assurance);
  if (decision.kind !== 'stepUp') return { decision };
  const used = new Set<string>();
  const withGrants = decide(facts, subject, deps, (access) => {
    const grant = deps.stepUp.grantFor(subject.principal, subject.address, access);
    return grant === undefined ? subject.assurance : grant.assurance;
  });
  for (const { access } of decision.denied) {
    const grant = deps.stepUp.grantFor(subject.principal, subject.address, access);
    if (grant !== undefined) used.add(grant.id);
  }
  return withGrants.kind === 'allow' ? { decision: withGrants, grantIds: [...used] } : { decision: withGrants };
}

function decide(
  facts: AccessFacts,
  subject: GateSubject,
  deps: GateDeps,
  assuranceFor: Parameters<PolicyEngine['decide']>[0]['assuranceFor'],
): Decision {
  const { principal } = subject;
  return deps.engine().decide({ principal, statements: facts.statements, context: subject.context(), assuranceFor });
}

type Recorded = { readonly error: PgError; readonly decisionId: number | undefined };

type Recorder = {
  decision(
    request: { readonly text: string; readonly protocol: DecisionEntry['protocol'] },
    facts: AccessFacts,
    outcome: {
      readonly verdict: DecisionEntry['verdict'];
      readonly decision: Decision;
      readonly error?: PgError;
      readonly grantIds?: readonly string[];
      readonly secondReader?: string;
    },
  ): Promise<number>;
  /** A refusal that no policy made. Never rejects: where even the row cannot be written, the client is told that. */
  refusal(
    request: { readonly text: string; readonly protocol: DecisionEntry['protocol'] },
    error: PgError,
  ): Promise<Recorded>;
};

function createRecorder(subject: GateSubject, deps: GateDeps): Recorder {
  const recorded = auditSubject(subject);
  const base = () => ({
    kind: 'decision' as const,
    atMs: deps.nowMs(),
    subject: recorded,
    context: { ...subject.context(), assurance: assuranceOf(subject, deps) },
    policyVersion: deps.engine().version,
    catalogVersion: deps.analyzer.catalogVersion,
  });
  return {
    decision: ({ text, protocol }, facts, { verdict, decision, error, grantIds, secondReader }) =>
      deps.audit.append({
        ...base(),
        text,
        protocol,
        facts,
        verdict,
        determining: decision.determining,
        denied: decision.kind === 'allow' ? [] : decision.denied.map(auditDenied),
        ...(error !== undefined && { sqlstate: error.sqlstate, message: error.message }),
        ...(grantIds !== undefined && { grantIds }),
        ...(secondReader !== undefined && { secondReader }),
      }),
    refusal: async ({ text, protocol }, error) => {
      try {
        const decisionId = await deps.audit.append({
          ...base(),
          text: text.length > MAX_AUDITED_REFUSAL ? `${text.slice(0, MAX_AUDITED_REFUSAL)}…` : text,
          protocol,
          facts: undefined,
          verdict: 'refuse',
          determining: [],
          denied: [],
          sqlstate: error.sqlstate,
          message: error.message,
        });
        return { error, decisionId };
      } catch (failure) {
        return { error: clientError(failure, deps), decisionId: undefined };
      }
    },
  };
}

function refuse({ error, decisionId }: Recorded): { kind: 'refuse'; error: PgError; decisionId: number | undefined } {
  return { kind: 'refuse', error, decisionId };
}

function auditSubject(subject: GateSubject): AuditSubject {
  return {
    sessionId: subject.sessionId,
    principal: subject.principal.id,
    groups: subject.principal.groups,
    address: subject.address,
    application: subject.application,
    database: subject.database,
  };
}

function assuranceOf(
  { assurance }: GateSubject,
  deps: GateDeps,
): { methods: readonly string[]; aal: number; ageMs: number } {
  return { methods: assurance.methods, aal: assurance.aal, ageMs: Math.max(0, deps.nowMs() - assurance.provedAtMs) };
}

function auditDenied({ access, determining }: DeniedAccess): DecisionEntry['denied'][number] {
  return { action: access.action, resource: resourceKey(access.resource), policies: determining.map(({ id }) => id) };
}

function uniquePolicies(denied: readonly DeniedAccess[]): readonly PolicyRef[] {
  return [...new Map(denied.flatMap(({ determining }) => determining).map((policy) => [policy.id, policy])).values()];
}

/** INVARIANT 4: a policy that errors is no policy that is skipped. The cause is for the log, not for the client. */
function evaluationFailed(errors: readonly { policy: string; message: string }[], deps: GateDeps): PgError {
  return internalError(
    deps.incident(new Error(errors.map(({ policy, message }) => `${policy}: ${message}`).join('; '))),
  );
}

/** INVARIANT 5. */
function clientError(error: unknown, deps: GateDeps): PgError {
  return error instanceof PgError ? error : internalError(deps.incident(error));
}

function fieldsOf({ severity, sqlstate, message, detail, hint, position }: PgError) {
  return { severity, sqlstate, message, detail, hint, position };
}
