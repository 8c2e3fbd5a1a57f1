import type { Socket } from 'node:net';
import type { Principal } from '../../policy/engine/decision.ts';
import type { AuditLog } from '../audit/entry.ts';
import type { Timers } from '../stepup/timers.ts';
import type { AuthenticateDeps } from './authenticate-person.ts';
import type { TlsIdentity } from './tls-identity.ts';

export type AcceptDeps = AuthenticateDeps & {
  /** Asked for each connection. Without it, or when it gives nothing, TLS is not offered. */
  readonly tls?: () => TlsIdentity | undefined;
  readonly requireTls: boolean;
  /** From the connection to AuthenticationOk. */
  readonly loginTimeoutMs: number;
  readonly audit: AuditLog;
  readonly nowMs: () => number;
  readonly timers: Timers;
  /** Logs what should not have happened; returns the incident id that the client is told. */
  readonly reportIncident: (cause: unknown) => string;
  /** Recorded with the login, so that its row and the session's rows can be joined. */
  readonly sessionId?: string;
};

export type AcceptedClient = {
  readonly kind: 'client';
  /** Paused: plain TCP or TLS. */
  readonly stream: Socket;
  /** Bytes that the client sent behind its last authentication message. */
  readonly leftover: Buffer;
  readonly tls: boolean;
  /** Textual IPv4 or IPv6. */
  readonly address: string;
  readonly person: Principal;
  /** As in the start-up packet (user, database, application_name, options...), `database` always set. Not judged here. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Of protocol 3: 0 to 2. Keys longer than 4 bytes need 2. */
  readonly protocolMinor: number;
};

export type AcceptedCancel = {
  readonly kind: 'cancel';
  readonly pid: number;
  readonly secret: Buffer;
  /** Closes the connection. Clients wait for it to know that the cancel has been handed on; done anyway after a second. */
  done(): void;
};

export type Accepted = AcceptedClient | AcceptedCancel | { readonly kind: 'closed' };
