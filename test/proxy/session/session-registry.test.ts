import { expect, it } from 'vitest';
import { SessionRegistry } from '../../../proxy/session/session-registry.ts';
import type { LiveSession } from '../../../proxy/session/session-types.ts';

function liveSession(id: string, drained: string[]): LiveSession {
  return {
    id,
    info: () => ({
      id,
      principal: 'ada',
      address: '::1',
      application: '',
      sinceMs: 0,
      state: 'idle',
      statement: undefined,
      challengeId: undefined,
    }),
    cancel: () => undefined,
    kill: () => undefined,
    drain: () => void drained.push(id),
    stopGrant: () => undefined,
  };
}

it('has no more seats than there are, counting those whose session has not begun', () => {
  const registry = new SessionRegistry();
  const seats = [registry.takeSeat(2), registry.takeSeat(2)];
  expect(seats.every((leave) => leave !== undefined)).toBe(true);
  expect(registry.takeSeat(2)).toBeUndefined();
  seats[0]?.();
  expect(registry.takeSeat(2)).toBeDefined();
});

it('asks a session to end that only comes while all are asked to', async () => {
  const registry = new SessionRegistry();
  const drained: string[] = [];
  registry.add(liveSession('first', drained));
  const all = registry.drain();
  registry.add(liveSession('late', drained));
  expect(drained).toEqual(['first', 'late']);
  registry.remove('first');
  registry.remove('late');
  await all;
});
