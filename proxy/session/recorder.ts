import type { AccessFacts } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import type { Decision, DeniedAccess } from '../../policy/engine/decision.ts';
import type { AuditSubject, DecisionEntry } from '../audit/entry.ts';
import type { PgError } from '../wire/pg-error.ts';
import type { GateDeps, GateSubject } from './gate-deps.ts';
import { clientError } from './gate-errors.ts';

/** A refusal and its row; without a row where even that could not be written. */
export type Recorded = { readonly error: PgError; readonly decisionId: number | undefined };

type RecordedRequest = { readonly text: string; readonly protocol: DecisionEntry['protocol'] };

export type Outcome = {
  readonly verdict: DecisionEntry['verdict'];
  readonly decision: Decision;
  readonly error?: PgError | undefined;
  readonly grantIds?: readonly string[] | undefined;
  readonly secondReader?: string | undefined;
};

/** Writes the audit rows of one session's decisions. */
export type Recorder = {
  /** @throws PgError 58030 when the row cannot be written. INVARIANT 2 */
  decision(request: RecordedRequest, facts: AccessFacts, outcome: Outcome): Promise<number>;
  /** A refusal that no policy made. Never rejects: where even the row cannot be written, the client is told that. */
  refusal(request: RecordedRequest, error: PgError): Promise<Recorded>;
};

/** Characters kept of a text that was refused before analysis, which may be of any size. */
const MAX_AUDITED_REFUSAL = 100_000;

export function createRecorder(subject: GateSubject, deps: GateDeps): Recorder {
  const recorded = auditSubject(subject);
  const base = (): BaseEntry => baseEntry(recorded, subject, deps);
  return {
    decision: (request, facts, outcome) => deps.audit.append({ ...base(), ...decisionEntry(request, facts, outcome) }),
    refusal: async (request, error) => {
      try {
        return { error, decisionId: await deps.audit.append({ ...base(), ...refusalEntry(request, error) }) };
      } catch (failure) {
        return { error: clientError(failure, deps), decisionId: undefined };
      }
    },
  };
}

type BaseEntry = Pick<DecisionEntry, 'kind' | 'atMs' | 'subject' | 'context' | 'policyVersion' | 'catalogVersion'>;

function baseEntry(recorded: AuditSubject, subject: GateSubject, deps: GateDeps): BaseEntry {
  return {
    kind: 'decision',
    atMs: deps.nowMs(),
    subject: recorded,
    context: { ...subject.context(), assurance: assuranceOf(subject, deps) },
    policyVersion: deps.engine().version,
    catalogVersion: deps.analyzer.catalogVersion,
  };
}

function decisionEntry(
  { text, protocol }: RecordedRequest,
  facts: AccessFacts,
  { verdict, decision, error, grantIds, secondReader }: Outcome,
): Omit<DecisionEntry, keyof BaseEntry> {
  return {
    text,
    protocol,
    facts,
    verdict,
    determining: decision.determining,
    denied: decision.kind === 'allow' ? [] : decision.denied.map(auditDenied),
    ...(error !== undefined && { sqlstate: error.sqlstate, message: error.message }),
    ...(grantIds !== undefined && { grantIds }),
    ...(secondReader !== undefined && { secondReader }),
  };
}

function refusalEntry({ text, protocol }: RecordedRequest, error: PgError): Omit<DecisionEntry, keyof BaseEntry> {
  return {
    text: text.length > MAX_AUDITED_REFUSAL ? `${text.slice(0, MAX_AUDITED_REFUSAL)}…` : text,
    protocol,
    facts: undefined,
    verdict: 'refuse',
    determining: [],
    denied: [],
    sqlstate: error.sqlstate,
    message: error.message,
  };
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

function assuranceOf({ assurance }: GateSubject, deps: GateDeps): DecisionEntry['context']['assurance'] {
  return { methods: assurance.methods, aal: assurance.aal, ageMs: Math.max(0, deps.nowMs() - assurance.provedAtMs) };
}

function auditDenied({ access, determining }: DeniedAccess): DecisionEntry['denied'][number] {
  return { action: access.action, resource: resourceKey(access.resource), policies: determining.map(({ id }) => id) };
}
