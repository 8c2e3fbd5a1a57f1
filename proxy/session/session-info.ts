import type { SessionState } from './session-state.ts';
import type { SessionInfo } from './session-types.ts';

/** What `sessions list` shows. */
export function sessionInfo(session: SessionState): SessionInfo {
  const { client, deps } = session;
  return {
    id: deps.sessionId,
    principal: client.person.id,
    address: client.address,
    application: client.parameters.get('application_name') ?? '',
    sinceMs: session.sinceMs,
    state: stateOf(session),
    statement: session.currentText ?? session.pipeline.running?.text,
    challengeId: session.held?.challengeId,
  };
}

function stateOf(session: SessionState): SessionInfo['state'] {
  if (session.held) return 'held';
  if (session.pipeline.running) return 'running';
  if (session.currentText !== undefined) return 'judging';
  return session.status === 'I' ? 'idle' : 'idle in transaction';
}
