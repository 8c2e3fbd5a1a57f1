import { encodeBackendKeyData, encodeParameterStatus, encodeReadyForQuery } from '../wire/backend-encode.ts';
import type { FrameOrPiece } from '../wire/frames.ts';
import { PgError } from '../wire/pg-error.ts';
import { isSoundParameter, receiveItems, unsoundParameter, upstreamGone, upstreamViolated } from './backend.ts';
import { cancelSession, cancelUpstream } from './cancel.ts';
import type { CancelKey } from './cancel-keys.ts';
import { chunkRelease } from './chunk-memory.ts';
import { ClientOutput } from './client-output.ts';
import {
  clientGone,
  drainSession,
  endAtBoundary,
  endSession,
  endWithIncident,
  endWithViolation,
  killSession,
} from './ending.ts';
import { FrameSource } from './frame-source.ts';
import { handleMessage } from './frontend.ts';
import { SessionNames } from './names.ts';
import { NamespaceTracker } from './namespace.ts';
import type { Effect } from './phase.ts';
import { Pipeline } from './pipeline.ts';
import { probeNamespace } from './probe.ts';
import { sessionInfo } from './session-info.ts';
import { dispatch, SessionClosed, type SessionState } from './session-state.ts';
import type { LiveSession, SessionClient, SessionDeps, SessionEnd, SessionUpstream } from './session-types.ts';
import { settle } from './settle.ts';
import { UpstreamLink } from './upstream-link.ts';
import { WrittenRows } from './written-rows.ts';

/**
 * Runs a session from the first ReadyForQuery to its end. Owns both connections: they are closed when it resolves, or
 * soon after, once the client has read the last words.
 * @returns why it ended; never rejects
 */
export async function runSession(
  client: SessionClient,
  upstream: SessionUpstream,
  deps: SessionDeps,
): Promise<SessionEnd> {
  return new Promise((resolve) => {
    const key = deps.cancelKeys.issue(client.protocolMinor, upstream.backendKey.pid, async () =>
      cancelSession(session),
    );
    const session = createSession(client, upstream, deps, (end) => {
      deps.cancelKeys.release(key.pid);
      deps.registry.remove(deps.sessionId);
      resolve(end);
    });
    deps.registry.add(liveSession(session));
    if (session.link.isGone) upstreamGone(session);
    else void run(session, key);
  });
}

function createSession(
  client: SessionClient,
  upstream: SessionUpstream,
  deps: SessionDeps,
  onEnded: (end: SessionEnd) => void,
): SessionState {
  const { limits } = deps;
  const session: SessionState = {
    client,
    upstream,
    deps,
    source: new FrameSource({
      stream: client.stream,
      leftover: client.leftover,
      maxFrameBytes: limits.maxFrameBytes,
      maxBufferedBytes: limits.maxBufferedBytes,
      onGone: () => clientGone(session),
    }),
    output: new ClientOutput(client.stream),
    link: new UpstreamLink({
      stream: upstream.stream,
      maxHeldBytes: limits.maxUpstreamMessageBytes,
      onItems: (items, chunk) => receiveItems(session, items, chunkRelease(chunk, upstream.stream, client.stream)),
      onViolation: (cause) => upstreamViolated(session, cause),
      onGone: () => upstreamGone(session),
    }),
    pipeline: new Pipeline(),
    names: new SessionNames(),
    sinceMs: deps.nowMs(),
    namespace: new NamespaceTracker({ searchPath: '', user: '' }),
    phase: { kind: 'ready' },
    batch: { number: 1, isOpen: false, hasExecuted: false },
    status: 'I',
    hasWritten: false,
    written: new WrittenRows(),
    isUncertain: false,
    catalogChange: undefined,
    ownCatalog: undefined,
    reportedSearchPath: upstream.parameterStatuses.get('search_path'),
    currentText: undefined,
    held: undefined,
    isCancelled: false,
    cancels: { sent: undefined, next: undefined },
    isDraining: false,
    ending: undefined,
    ended: undefined,
    waiters: new Set(),
    onEnded,
  };
  return session;
}

async function run(session: SessionState, key: CancelKey): Promise<void> {
  try {
    await greet(session, key);
    await readClient(session);
  } catch (error) {
    if (error instanceof SessionClosed) return;
    if (error instanceof PgError) endAtBoundary(session, endOf(error));
    else endWithIncident(session, error);
  }
}

function endOf(error: PgError): SessionEnd {
  return { kind: error.sqlstate === '08006' ? 'upstreamLost' : 'protocolViolation', error };
}

/** Upstream's parameters are the client's; the cancel key is ours. */
async function greet(session: SessionState, key: CancelKey): Promise<void> {
  for (const [name, value] of session.upstream.parameterStatuses) {
    if (!isSoundParameter(name, value)) throw unsoundParameter(name);
  }
  const seen = await probeNamespace(session);
  session.namespace = new NamespaceTracker({ searchPath: seen.searchPath, user: seen.role });
  session.output.together(() => {
    for (const [name, value] of session.upstream.parameterStatuses) {
      session.output.write(encodeParameterStatus(name, value));
    }
    session.output.write(encodeBackendKeyData(key.pid, key.secret));
    session.output.write(encodeReadyForQuery('I'));
  });
}

/** One message after the other, for as long as the client sends any. */
async function readClient(session: SessionState): Promise<void> {
  while (!session.ended) {
    const frame = session.source.take();
    if (frame) {
      await receiveFrame(session, frame);
      if (session.link.isFull) await session.link.drained();
      // Attack: a client that sends what is refused, answered here without upstream, and never reads the answers.
      if (session.output.isFull) await session.output.drained();
      continue;
    }
    session.link.flush();
    if (!(await session.source.wait())) return endOfClient(session);
  }
}

async function receiveFrame(session: SessionState, frame: FrameOrPiece): Promise<void> {
  if (session.ending) return;
  for (const effect of dispatch(session, { kind: 'frame', type: frame.type })) await perform(session, effect, frame);
}

async function perform(session: SessionState, effect: Effect, frame: FrameOrPiece): Promise<void> {
  switch (effect.kind) {
    case 'passOn':
      return session.link.send(frame.bytes);
    case 'terminate':
      return terminate(session);
    case 'protocolViolation':
      return endWithViolation(session, effect.message);
    case 'handle':
      if (frame.kind === 'frame') await handleMessage(session, effect.message, frame);
  }
}

/** What was sent before Terminate is still done. */
async function terminate(session: SessionState): Promise<void> {
  if (session.phase.kind !== 'copyIn') await settle(session);
  endSession(session, { kind: 'terminated' });
}

async function endOfClient(session: SessionState): Promise<void> {
  const { running } = session.pipeline;
  if (running?.isWriting && session.phase.kind !== 'copyIn') await settle(session);
  endSession(session, { kind: 'clientGone' });
}

function liveSession(session: SessionState): LiveSession {
  return {
    id: session.deps.sessionId,
    info: () => sessionInfo(session),
    cancel: () => void cancelSession(session),
    kill: () => killSession(session),
    drain: () => drainSession(session),
    stopGrant: (grantId) => {
      if (session.pipeline.running?.grantIds.includes(grantId)) void cancelUpstream(session);
    },
  };
}
