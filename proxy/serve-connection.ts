import type { Socket } from 'node:net';
import type { Assurance, DecisionContext } from '../policy/engine/decision.ts';
import { type AcceptDeps, type AcceptedClient, acceptClient } from './auth/accept-client.ts';
import { connectUpstream } from './auth/upstream-connect.ts';
import type { UpstreamTarget } from './auth/upstream-target.ts';
import { sessionContext } from './context/session-context.ts';
import { encodeErrorResponse } from './wire/backend-encode.ts';
import { databaseDoesNotExist, internalError, PgError, tooManyConnections } from './wire/pg-error.ts';
import { createGate, judgeConnect } from './session/gate.ts';
import type { GateDeps, GateSubject } from './session/gate-deps.ts';
import type { SessionGate } from './session/gate-contract.ts';
import { runSession } from './session/run-session.ts';
import type { SessionDeps, SessionEnd } from './session/session-types.ts';
import { settingsStatement, startupSettings } from './session/startup-settings.ts';

export type ConnectionDeps = {
  readonly accept: Omit<AcceptDeps, 'sessionId'>;
  readonly gate: GateDeps;
  readonly session: Omit<SessionDeps, 'sessionId' | 'gate'>;
  readonly upstream: UpstreamTarget;
  readonly maxSessions: number;
  readonly newSessionId: () => string;
  readonly clock: (nowMs: number) => DecisionContext['clock'];
  readonly randomBytes: (count: number) => Buffer;
};

const GOODBYE_MS = 2000;

/**
 * One connection from its first byte to its last: login, the right to use the database, the settings of the start-up
 * packet, a connection of its own to upstream, and then the session.
 */
export async function serveConnection(socket: Socket, deps: ConnectionDeps): Promise<void> {
  const sessionId = deps.newSessionId();
  const accepted = await acceptClient(socket, { ...deps.accept, sessionId });
  switch (accepted.kind) {
    case 'closed':
      return;
    case 'cancel':
      await deps.session.cancelKeys.cancel(accepted.pid, accepted.secret);
      accepted.done();
      return;
    case 'client':
      await serveClient(accepted, sessionId, deps);
  }
}

async function serveClient(client: AcceptedClient, sessionId: string, deps: ConnectionDeps): Promise<void> {
  const abort = new AbortController();
  const gone = (): void => abort.abort();
  client.stream.once('close', gone);
  client.stream.on('error', gone);
  const leaveSeat = deps.session.registry.takeSeat(deps.maxSessions);
  try {
    if (leaveSeat === undefined) throw tooManyConnections();
    const gate = await admit(client, sessionId, deps);
    const upstream = await connectUpstream(deps.upstream, upstreamParameters(client), {
      randomBytes: deps.randomBytes,
      timers: deps.accept.timers,
      signal: abort.signal,
    });
    const end = await runSession(client, upstream, { ...deps.session, sessionId, gate });
    await recordEnd(client, sessionId, end, deps);
  } catch (error) {
    const told = goodbye(client, sessionId, error, deps);
    await recordEnd(client, sessionId, { kind: 'turnedAway', error: told }, deps);
  } finally {
    leaveSeat?.();
    client.stream.off('close', gone);
  }
}

/** @throws PgError FATAL for whoever may not come in */
async function admit(client: AcceptedClient, sessionId: string, deps: ConnectionDeps): Promise<SessionGate> {
  const database = client.parameters.get('database') ?? '';
  if (database !== deps.upstream.database) throw databaseDoesNotExist(database);
  const subject = subjectOf(client, sessionId, deps);
  const refusal = await judgeConnect(subject, deps.gate);
  if (refusal !== undefined) throw refusal;
  const gate = createGate(subject, deps.gate);
  await judgeSettings(client, gate, deps);
  return gate;
}

function subjectOf(client: AcceptedClient, sessionId: string, deps: ConnectionDeps): GateSubject {
  const { nowMs } = deps.session;
  const application = client.parameters.get('application_name') ?? '';
  const assurance: Assurance = { methods: ['pwd'], aal: 1, provedAtMs: nowMs() };
  const signals = {
    address: client.address,
    tls: client.tls,
    application,
    database: deps.upstream.database,
    role: deps.upstream.user,
  };
  return {
    principal: client.person,
    sessionId,
    address: client.address,
    application,
    database: deps.upstream.database,
    context: sessionContext(signals, { nowMs, clock: deps.clock }),
    assurance,
  };
}

/** What the start-up packet sets is a SET like any other, asked before upstream hears of it. @throws PgError FATAL */
async function judgeSettings(client: AcceptedClient, gate: SessionGate, deps: ConnectionDeps): Promise<void> {
  const asked = startupSettings(client.parameters);
  if (asked.kind === 'refused') throw asked.error;
  const text = settingsStatement(asked.settings);
  if (text === undefined) return;
  const verdict = await gate.judge({
    text,
    protocol: 'simple',
    stage: 'execute',
    namespace: { searchPath: [], role: deps.upstream.user, tempRelations: [], key: 'startup' },
    transaction: { status: 'I', hasWritten: false, hasUncommittedDdl: false },
    prepared: () => undefined,
    cursor: () => undefined,
  });
  switch (verdict.kind) {
    case 'forward':
      if (verdict.decisionId !== undefined) {
        gate.complete(verdict.decisionId, { outcome: 'done', rows: 0, bytes: 0, durationMs: 0 });
      }
      return;
    case 'refuse':
      throw asFatal(verdict.error);
    case 'hold':
      verdict.held.withdraw('disconnect');
      throw new PgError({
        severity: 'FATAL',
        sqlstate: '42501',
        message: 'a setting of the start-up packet needs a step-up, which cannot be done at login',
        hint: 'connect without it, and SET it in the session',
      });
  }
}

/** `user`, `database` and `client_encoding` are set by the login itself. */
function upstreamParameters(client: AcceptedClient): ReadonlyMap<string, string> {
  return new Map([...client.parameters].filter(([name]) => name !== 'replication' && !name.startsWith('_pq_.')));
}

/** INVARIANT 5: the client gets the error, the log its cause. @returns what the client was told */
function goodbye(client: AcceptedClient, sessionId: string, error: unknown, deps: ConnectionDeps): PgError {
  const told = error instanceof PgError ? asFatal(error) : asFatal(internalError(deps.accept.reportIncident(error)));
  if (error instanceof PgError && error.cause !== undefined && !client.stream.destroyed) {
    deps.session.log.warn({ sessionId, sqlstate: told.sqlstate, err: error.cause }, told.message);
  }
  if (client.stream.destroyed) return told;
  client.stream.end(encodeErrorResponse(told));
  // Unread bytes would reset the connection before the client has read the error.
  client.stream.resume();
  const cancel = deps.accept.timers.after(GOODBYE_MS, () => client.stream.destroy());
  client.stream.once('close', cancel);
  return told;
}

function asFatal({ sqlstate, message, detail, hint }: PgError): PgError {
  return new PgError({ severity: 'FATAL', sqlstate, message, detail, hint });
}

async function recordEnd(
  client: AcceptedClient,
  sessionId: string,
  end: { readonly kind: SessionEnd['kind'] | 'turnedAway'; readonly error?: PgError },
  deps: ConnectionDeps,
): Promise<void> {
  const subject = { sessionId, principal: client.person.id, address: client.address };
  const data = { how: end.kind, ...(end.error !== undefined && { sqlstate: end.error.sqlstate }) };
  try {
    await deps.accept.audit.append({ kind: 'event', atMs: deps.accept.nowMs(), type: 'session.ended', subject, data });
  } catch (error) {
    deps.accept.reportIncident(error);
  }
}
