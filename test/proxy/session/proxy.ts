import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connectUpstream } from '../../../proxy/auth/upstream-connect.ts';
import { CancelKeys } from '../../../proxy/session/cancel-keys.ts';
import { runSession } from '../../../proxy/session/run-session.ts';
import { SessionRegistry } from '../../../proxy/session/session-registry.ts';
import { DEFAULT_SESSION_LIMITS, type SessionEnd, type SessionLimits } from '../../../proxy/session/session-types.ts';
import { systemTimers, type Timers } from '../../../proxy/stepup/timers.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { frame, i32 } from '../../support/bytes.ts';
import { createRuleGate, type RuleGate } from './rule-gate.ts';

/** Sessions between real clients and a real PostgreSQL, without the login and the policies around them. */
export type TestProxy = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly gate: RuleGate;
  readonly registry: SessionRegistry;
  readonly ends: Promise<SessionEnd>[];
  readonly incidents: unknown[];
  close(): Promise<void>;
};

export type TestProxyOptions = {
  readonly limits?: Partial<SessionLimits>;
  readonly timers?: Timers;
  readonly nowMs?: () => number;
};

export async function startTestProxy(db: TestDatabase, options: TestProxyOptions = {}): Promise<TestProxy> {
  const gate = createRuleGate();
  const registry = new SessionRegistry();
  const cancelKeys = new CancelKeys({ randomBytes });
  const ends: Promise<SessionEnd>[] = [];
  const incidents: unknown[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    void serve(socket).catch((error: unknown) => incidents.push(error));
  });

  async function serve(socket: Socket): Promise<void> {
    const start = await readStartup(socket);
    if (start.cancel) {
      await cancelKeys.cancel(start.cancel.pid, start.cancel.secret);
      socket.end();
      return;
    }
    const upstream = await connectUpstream({ ...db, tls: { mode: 'disable' }, connectTimeoutMs: 10_000 }, new Map(), {
      randomBytes,
      timers: systemTimers,
    });
    socket.write(frame('R', i32(0)));
    const client = {
      stream: socket,
      leftover: start.leftover,
      address: '127.0.0.1',
      person: { id: 'ada', groups: [] },
      parameters: new Map([['application_name', 'test']]),
      protocolMinor: 0,
    };
    const end = runSession(client, upstream, {
      sessionId: `s${ends.length + 1}`,
      gate,
      cancelKeys,
      registry,
      timers: options.timers ?? systemTimers,
      nowMs: options.nowMs ?? Date.now,
      limits: { ...DEFAULT_SESSION_LIMITS, ...options.limits },
      log: { warn: (fields) => incidents.push(fields) },
      reportIncident: (cause) => {
        incidents.push(cause);
        return 'test';
      },
    });
    ends.push(end);
  }

  const port = await listen(server);
  return {
    host: '127.0.0.1',
    port,
    database: db.database,
    user: 'ada',
    gate,
    registry,
    ends,
    incidents,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(ends);
    },
  };
}

type Startup = { readonly leftover: Buffer; readonly cancel?: { readonly pid: number; readonly secret: Buffer } };

/** Reads one untyped packet; refuses TLS. Trusts everybody: logins are tested elsewhere. */
async function readStartup(socket: Socket): Promise<Startup> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk]);
    const length = bytes.length >= 8 ? bytes.readInt32BE(0) : Number.POSITIVE_INFINITY;
    if (bytes.length < length) continue;
    const code = bytes.readInt32BE(4);
    if (code === 80_877_103) {
      socket.write('N');
      bytes = Buffer.alloc(0);
      continue;
    }
    if (code === 80_877_102) {
      return { leftover: Buffer.alloc(0), cancel: { pid: bytes.readInt32BE(8), secret: bytes.subarray(12, length) } };
    }
    return { leftover: bytes.subarray(length) };
  }
  throw new Error('closed before the start-up packet');
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
