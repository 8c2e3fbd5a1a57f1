import type { Analyzer } from '../../policy/access/analyzer.ts';
import type { Assurance, CarriedTags, DecisionContext, PolicyEngine, Principal } from '../../policy/engine/decision.ts';
import type { AuditLog } from '../audit/entry.ts';
import type { StepUp } from '../stepup/stepup.ts';

/** What all sessions share. */
export type GateDeps = {
  readonly analyzer: Analyzer;
  /** The engine of the policy set in force: read for every decision, because a reload replaces it. */
  readonly engine: () => PolicyEngine;
  readonly stepUp: StepUp;
  /** Makes it known which tags columns carry from now on. Before the statement that brings the data is forwarded. */
  readonly carryTags: (carries: readonly CarriedTags[], subject: GateSubject) => Promise<void>;
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
