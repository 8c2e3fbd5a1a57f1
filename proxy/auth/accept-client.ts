import type { Socket } from 'node:net';
import type { Accepted, AcceptDeps } from './accepted.ts';
import { LoginAttempt } from './login-attempt.ts';

export type { AcceptDeps, AcceptedCancel, AcceptedClient } from './accepted.ts';

/** The kernel's own two hours are long for a hold, or for locks upstream, that a vanished client leaves behind. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Takes a new connection up to and including AuthenticationOk, the last thing sent. What the client gets to know of a
 * refusal is PostgreSQL's own text; the reason is in the audit.
 * @returns `closed` when the connection is at its end, whatever the reason: there is nothing left to do
 * @see PostgreSQL manual, "Message Flow: Start-up"
 */
export async function acceptClient(socket: Socket, deps: AcceptDeps): Promise<Accepted> {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const login = new LoginAttempt(socket, deps);
  const stopTimer = deps.timers.after(deps.loginTimeoutMs, () => login.timeOut());
  try {
    return await login.run();
  } catch (error) {
    await login.refuse(error);
    return { kind: 'closed' };
  } finally {
    stopTimer();
  }
}
