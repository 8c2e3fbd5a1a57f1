import type { Access, Resource, StatementFacts } from '../access/facts.ts';

/** The person, as stepward knows them (not the upstream role). */
export type Principal = { readonly id: string; readonly groups: readonly string[] };

/** How sure we are that it is them. Methods are RFC 8176 names (pwd, otp, hwk, user, mfa...); aal is NIST 800-63B's 1 to 3. */
export type Assurance = {
  readonly methods: readonly string[];
  readonly aal: 1 | 2 | 3;
  /** When the proof was given, ms since the epoch. `context.assurance.age` is computed from it. */
  readonly provedAtMs: number;
  readonly approvedBy?: string;
};

/** A way to prove more, weakest first in the ladder: what the person would have after climbing it. */
export type Rung = {
  readonly name: string;
  readonly methods: readonly string[];
  readonly aal: 1 | 2 | 3;
};

/** What is true at the moment of the decision; becomes Cedar's `context` together with assurance and statement. */
export type DecisionContext = {
  readonly session: {
    /** Client address, textual IPv4 or IPv6. */
    readonly address: string;
    readonly tls: boolean;
    readonly application: string;
    readonly database: string;
    /** The upstream role. */
    readonly role: string;
  };
  readonly clock: {
    /** ms since the epoch. */
    readonly nowMs: number;
    /** 0 to 23 and 1 (Monday) to 7, in the configured time zone. */
    readonly hour: number;
    readonly weekday: number;
  };
};

export type PolicyRef = {
  readonly id: string;
  readonly reason?: string;
  readonly file?: string;
  readonly line?: number;
};

/** `access` was not allowed; `determining` are the forbids that applied (empty: nothing permits it). */
export type DeniedAccess = { readonly access: Access; readonly determining: readonly PolicyRef[] };

export type Decision =
  | {
      readonly kind: 'allow';
      readonly determining: readonly PolicyRef[];
      /** Tags that must be known to be carried by these columns before the statement is forwarded. */
      readonly carries?: readonly CarriedTags[];
    }
  | {
      readonly kind: 'refuse';
      readonly determining: readonly PolicyRef[];
      readonly denied: readonly DeniedAccess[];
      /** Set when the refusal is because a policy could not be evaluated (INVARIANT 4), not because of what it says. */
      readonly evaluationErrors?: readonly { readonly policy: string; readonly message: string }[];
    }
  | {
      readonly kind: 'stepUp';
      readonly rung: Rung;
      readonly determining: readonly PolicyRef[];
      /** What the grant must cover: every access that the rung's assurance would turn from denied to allowed. */
      readonly denied: readonly DeniedAccess[];
      /** How fresh the proof must be, where the policies' thresholds tell. */
      readonly maxAgeMs?: number;
    };

/** A column (or a table, where it is not known which column) that gets values of tagged columns. */
export type CarriedTags = {
  readonly target: NonNullable<Access['target']>;
  /** Those that it does not carry yet. */
  readonly tags: readonly string[];
  /** Where they come from. */
  readonly sources: readonly Resource[];
};

export type DecisionRequest = {
  readonly principal: Principal;
  readonly statements: readonly StatementFacts[];
  readonly context: DecisionContext;
  /** The assurance that holds for one resource: the session's own, or a better one from a grant that covers it. */
  readonly assuranceFor: (access: Access) => Assurance;
};

/** The policy decision point. Synchronous, no I/O, no clock of its own. */
export type PolicyEngine = {
  decide(request: DecisionRequest): Decision;
  /** SHA-256 over the loaded policy texts and tags, hex, first 12 characters: recorded with each decision. */
  readonly version: string;
};
