import { randomBytes } from 'node:crypto';
import { connectUpstream, type UpstreamConnection } from '../../proxy/auth/upstream-connect.ts';
import { systemTimers } from '../../proxy/stepup/timers.ts';
import { encodeTerminate } from '../../proxy/wire/frontend-encode.ts';
import { DATABASE, PASSWORD, type Target } from './targets.ts';

/** A logged-in connection of our own to a target. */
export async function connectTo({ port, user }: Target): Promise<UpstreamConnection> {
  const where = { host: '127.0.0.1', port, database: DATABASE, user, password: PASSWORD };
  const how = { tls: { mode: 'disable' }, connectTimeoutMs: 20_000 } as const;
  return connectUpstream({ ...where, ...how }, new Map(), { randomBytes, timers: systemTimers });
}

/** Runs `look` while so many connections are open and idle. */
export async function whileConnected<T>(target: Target, count: number, look: () => T): Promise<T> {
  const open: UpstreamConnection[] = [];
  try {
    while (open.length < count) {
      const some = Math.min(8, count - open.length);
      open.push(...(await Promise.all(Array.from({ length: some }, async () => connectTo(target)))));
    }
    for (const { stream } of open) stream.on('error', () => undefined);
    return look();
  } finally {
    for (const { stream } of open) stream.end(encodeTerminate());
  }
}
