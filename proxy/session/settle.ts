import { encodeFlush } from '../wire/frontend-encode.ts';
import { type SessionState, waitUntil } from './session-state.ts';

/**
 * Waits until everything that was sent is answered: names are confirmed, the transaction status is known. The batch may
 * have failed meanwhile (then the phase is skippingToSync).
 * @throws SessionClosed
 */
export async function settle(session: SessionState): Promise<void> {
  if (session.pipeline.isEmpty) return;
  // Without a Sync upstream answers only when asked to.
  if (session.batch.isOpen) session.link.send(encodeFlush());
  session.link.flush();
  await waitUntil(session, () => session.pipeline.isEmpty);
}
