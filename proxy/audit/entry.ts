import type { AccessFacts } from '../../policy/access/facts.ts';
import type { DecisionContext, PolicyRef } from '../../policy/engine/decision.ts';

/** Who did it, from where. `principal` is undefined only before a login succeeded. */
export type AuditSubject = {
  readonly sessionId: string;
  readonly principal: string | undefined;
  readonly groups: readonly string[];
  readonly address: string;
  readonly application: string;
  readonly database: string;
};

export type DecisionEntry = {
  readonly kind: 'decision';
  readonly atMs: number;
  readonly subject: AuditSubject;
  readonly protocol: 'simple' | 'extended' | 'functionCall' | 'connect';
  /** Exactly as sent. */
  readonly text: string;
  /** undefined when analysis refused the text. */
  readonly facts: AccessFacts | undefined;
  readonly verdict: 'allow' | 'refuse' | 'hold';
  readonly determining: readonly PolicyRef[];
  /** resourceKey() of what was denied (refuse) or must be covered by a grant (hold); empty for allow. */
  readonly denied: readonly {
    readonly action: string;
    readonly resource: string;
    readonly policies: readonly string[];
  }[];
  /** What the client was told, for a refusal. */
  readonly sqlstate?: string;
  readonly message?: string;
  readonly context: DecisionContext & {
    readonly assurance: { readonly methods: readonly string[]; readonly aal: number; readonly ageMs: number };
  };
  readonly policyVersion: string;
  readonly catalogVersion: number;
  readonly secondReader?: string;
  readonly challengeId?: string;
  readonly grantIds?: readonly string[];
};

/** How an allowed statement ended. */
export type CompletionEntry = {
  readonly kind: 'completion';
  readonly atMs: number;
  readonly decisionId: number;
  readonly outcome: 'done' | 'error' | 'cancelled' | 'lost';
  readonly rows: number;
  /** Bytes sent to the client for this statement. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly sqlstate?: string;
};

/** Everything else worth a row: logins, challenges, proofs, grants, policy reloads, administration. */
export type EventEntry = {
  readonly kind: 'event';
  readonly atMs: number;
  readonly type:
    | 'login.accepted'
    | 'login.refused'
    | 'session.ended'
    | 'challenge.created'
    | 'challenge.confirmed'
    | 'challenge.withdrawn'
    | 'challenge.expired'
    | 'proof.refused'
    | 'grant.created'
    | 'grant.revoked'
    | 'session.killed'
    | 'tags.carried'
    | 'tags.dropped'
    | 'policy.loaded'
    | 'policy.refused'
    | 'server.started'
    | 'server.stopped';
  readonly subject?: Partial<AuditSubject>;
  /** Flat, JSON-able, never a secret. */
  readonly data: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};

export type AuditEntry = DecisionEntry | CompletionEntry | EventEntry;

/** What the enforcement point needs of the store. */
export type AuditLog = {
  /**
   * Appends; resolves with the row's id once it is committed. Entries of one event-loop turn are committed together.
   * INVARIANT 2: forward nothing before this resolves.
   * @throws PgError 58030 when the store cannot be written
   */
  append(entry: AuditEntry): Promise<number>;
};
