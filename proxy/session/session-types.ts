import type { Duplex } from 'node:stream';
import type { Principal } from '../../policy/engine/decision.ts';
import type { Timers } from '../stepup/timers.ts';
import type { PgError } from '../wire/pg-error.ts';
import type { CancelKeys } from './cancel-keys.ts';
import type { SessionGate } from './gate-contract.ts';
import type { OwnCatalogs } from './own-catalog.ts';
import type { SessionRegistry } from './session-registry.ts';

/** A client that has logged in: AuthenticationOk was the last thing sent to it. What auth/accept-client.ts gives. */
export type SessionClient = {
  readonly stream: Duplex;
  /** Bytes that it sent behind its last authentication message. */
  readonly leftover: Buffer;
  readonly address: string;
  readonly person: Principal;
  readonly parameters: ReadonlyMap<string, string>;
  readonly protocolMinor: number;
};

/** A logged-in connection of this session's own, idle. What auth/upstream-connect.ts gives. */
export type SessionUpstream = {
  readonly stream: Duplex;
  readonly leftover: Buffer;
  readonly parameterStatuses: ReadonlyMap<string, string>;
  readonly backendKey: { readonly pid: number };
  /** Asks upstream to cancel what runs on this connection; never rejects. */
  cancel(): Promise<void>;
};

export type SessionLimits = {
  /** Largest message held whole, header included; CopyData streams. */
  readonly maxFrameBytes: number;
  /** Bytes of later messages kept while one is judged or held; then the client is not read. */
  readonly maxBufferedBytes: number;
  /** Largest message from upstream that is held whole: errors, notices, descriptions; rows stream. */
  readonly maxUpstreamMessageBytes: number;
  /** Messages sent and not answered; then the client is not read. */
  readonly maxPendingMessages: number;
  /** Characters of all prepared statements of a session. */
  readonly maxPreparedTextLength: number;
  /** Between the notices while a statement is held. */
  readonly heartbeatMs: number;
};

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  maxFrameBytes: 16 * 1024 * 1024,
  maxBufferedBytes: 1024 * 1024,
  maxUpstreamMessageBytes: 16 * 1024 * 1024,
  maxPendingMessages: 4096,
  maxPreparedTextLength: 32 * 1024 * 1024,
  heartbeatMs: 30_000,
};

export type SessionLog = {
  warn(fields: object, message: string): void;
};

export type SessionDeps = {
  readonly sessionId: string;
  readonly gate: SessionGate;
  readonly cancelKeys: CancelKeys;
  readonly registry: SessionRegistry;
  readonly timers: Timers;
  /** ms since the epoch. */
  readonly nowMs: () => number;
  readonly limits: SessionLimits;
  readonly log: SessionLog;
  /** Left out: in a transaction that ran DDL, what names something is refused. */
  readonly ownCatalogs?: OwnCatalogs;
  /** Logs what should not have happened; returns the incident id that the client is told. */
  readonly reportIncident: (cause: unknown) => string;
};

/** Why the session is over. `error` is what the client was told, if anything. */
export type SessionEnd = {
  readonly kind:
    | 'terminated'
    | 'clientGone'
    | 'upstreamLost'
    | 'killed'
    | 'shutdown'
    | 'protocolViolation'
    | 'internal';
  readonly error?: PgError;
};

/** One line of `sessions list`. */
export type SessionInfo = {
  readonly id: string;
  readonly principal: string;
  readonly address: string;
  readonly application: string;
  /** ms since the epoch. */
  readonly sinceMs: number;
  readonly state: 'idle' | 'idle in transaction' | 'judging' | 'held' | 'running';
  /** The statement that is judged, held or running. */
  readonly statement: string | undefined;
  /** While held. */
  readonly challengeId: string | undefined;
};

/** What others may do to a live session. */
export type LiveSession = {
  readonly id: string;
  info(): SessionInfo;
  /** The session's own CancelRequest: withdraws what is held, or cancels what runs; otherwise does nothing. */
  cancel(): void;
  /** Ends it now, with FATAL 57P01 to the client. */
  kill(): void;
  /** Ends it when nothing runs: at once if idle or held, else after the current statement. */
  drain(): void;
  /** Cancels what runs under that grant. */
  stopGrant(grantId: string): void;
};
