import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { serialize } from 'pg-protocol';
import type { Timers } from '../stepup/timers.ts';
import { decodeBackendKeyData, decodeParameterStatus } from '../wire/backend-messages.ts';
import { BACKEND } from '../wire/frames.ts';
import { encodeCancelRequest } from '../wire/frontend-encode.ts';
import { SocketReader } from './socket-reader.ts';
import { upstreamLoginError } from './upstream-errors.ts';
import { logInUpstream, readLoginFrame } from './upstream-login.ts';
import { openUpstreamSocket } from './upstream-socket.ts';
import type { UpstreamTarget } from './upstream-target.ts';

export type UpstreamConnection = {
  /** Paused; plain or TLS. */
  readonly stream: Socket;
  /** Always empty: what came behind ReadyForQuery was put back into the stream. */
  readonly leftover: Buffer;
  readonly backendKey: { readonly pid: number; readonly secret: Buffer };
  /** All that was reported before ReadyForQuery. */
  readonly parameterStatuses: ReadonlyMap<string, string>;
  readonly transactionStatus: 'I';
  /**
   * Asks upstream, on a connection of its own (encrypted as this one), to cancel what runs here. Never rejects: as in
   * PostgreSQL there is no answer, and it may come too late.
   */
  cancel(): Promise<void>;
};

export type UpstreamDeps = {
  readonly randomBytes: (count: number) => Buffer;
  readonly timers: Timers;
  /** Gives the attempt up: the client has gone, the server shuts down. */
  readonly signal?: AbortSignal;
};

const CANCEL_TIMEOUT_MS = 5000;

/**
 * Logs in to PostgreSQL with the service account, up to the first ReadyForQuery.
 * @param parameters start-up parameters (application_name, options, DateStyle...); `user`, `database` and
 *   `client_encoding` (UTF8) are set here, whatever is in there
 * @throws PgError FATAL, ready for the client; its `cause` is for the log
 */
export async function connectUpstream(
  target: UpstreamTarget,
  parameters: ReadonlyMap<string, string>,
  deps: UpstreamDeps,
): Promise<UpstreamConnection> {
  try {
    return await withDeadline(target.connectTimeoutMs, deps, (signal) => logIn(target, parameters, deps, signal));
  } catch (error) {
    throw upstreamLoginError(error, target.database);
  }
}

async function logIn(
  target: UpstreamTarget,
  parameters: ReadonlyMap<string, string>,
  deps: UpstreamDeps,
  signal: AbortSignal,
): Promise<UpstreamConnection> {
  const stream = await openUpstreamSocket(target, signal);
  const abort = (): unknown => stream.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const reader = new SocketReader(stream);
  try {
    stream.write(startupMessage(target, parameters));
    const isEncrypted = stream instanceof TLSSocket;
    await logInUpstream({ stream, reader, target, isEncrypted, randomBytes: deps.randomBytes });
    const session = await readSessionStart(reader);
    signal.throwIfAborted();
    return { ...session, ...handOver(stream, reader), transactionStatus: 'I', cancel: cancelOf(target, session, deps) };
  } catch (error) {
    stream.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function startupMessage(target: UpstreamTarget, parameters: ReadonlyMap<string, string>): Buffer {
  const { user: _user, database: _database, client_encoding: _encoding, ...others } = Object.fromEntries(parameters);
  const all = { ...others, user: target.user, database: target.database };
  for (const text of Object.entries(all).flat()) {
    if (text.includes('\0')) throw new Error('a start-up parameter has a NUL in it');
  }
  return serialize.startup(all);
}

type SessionStart = Pick<UpstreamConnection, 'backendKey' | 'parameterStatuses'>;

/** From AuthenticationOk to ReadyForQuery. */
async function readSessionStart(reader: SocketReader): Promise<SessionStart> {
  const parameterStatuses = new Map<string, string>();
  let backendKey: UpstreamConnection['backendKey'] | undefined;
  for (;;) {
    const { type, payload } = await readLoginFrame(reader);
    if (type === BACKEND.readyForQuery) break;
    if (type === BACKEND.backendKeyData) backendKey = decodeBackendKeyData(payload);
    else if (type === BACKEND.parameterStatus) {
      const { name, value } = decodeParameterStatus(payload);
      parameterStatuses.set(name, value);
    } else throw new Error(`upstream sent message type ${type} at session start`);
  }
  if (!backendKey) throw new Error('upstream sent no cancellation key');
  return { parameterStatuses, backendKey };
}

function handOver(stream: Socket, reader: SocketReader): Pick<UpstreamConnection, 'stream' | 'leftover'> {
  const leftover = reader.detach();
  if (leftover.length > 0) stream.unshift(leftover);
  return { stream, leftover: Buffer.alloc(0) };
}

function cancelOf(target: UpstreamTarget, { backendKey }: SessionStart, deps: UpstreamDeps): () => Promise<void> {
  return async () => {
    const { signal: _signal, ...cancelDeps } = deps;
    await withDeadline(CANCEL_TIMEOUT_MS, cancelDeps, async (signal) => {
      const stream = await openUpstreamSocket(target, signal);
      signal.addEventListener('abort', () => stream.destroy(), { once: true });
      const reader = new SocketReader(stream);
      stream.write(encodeCancelRequest(backendKey.pid, backendKey.secret));
      // PostgreSQL closes once it has signalled the backend: until then the cancel may still be under way.
      await reader.readBytes(1);
      stream.destroy();
    }).catch(() => undefined);
  };
}

/** Runs with a signal that is aborted at the deadline or with the caller's own signal. */
async function withDeadline<T>(
  timeoutMs: number,
  { timers, signal: outer }: Pick<UpstreamDeps, 'timers' | 'signal'>,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const stopTimer = timers.after(timeoutMs, () => deadline.abort(new Error(`no login within ${timeoutMs} ms`)));
  try {
    return await run(outer ? AbortSignal.any([deadline.signal, outer]) : deadline.signal);
  } finally {
    stopTimer();
  }
}
