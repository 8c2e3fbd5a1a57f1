import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { AuditEntry, EventEntry } from '../../../proxy/audit/entry.ts';
import { type AcceptDeps, acceptClient } from '../../../proxy/auth/accept-client.ts';
import { createLoginLimiter } from '../../../proxy/auth/login-limiter.ts';
import { parseScramVerifier } from '../../../proxy/auth/scram-verifier.ts';
import type { Timers } from '../../../proxy/stepup/timers.ts';
import { connectRaw, type RawPeer, rawPeer } from '../../support/raw-peer.ts';

/** RFC 7677's example as PostgreSQL would store it: the password is `pencil`. */
export const pencil = parseScramVerifier(
  'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
);

type Accepted = Awaited<ReturnType<typeof acceptClient>>;

export type AcceptFixture = {
  readonly port: number;
  readonly audit: readonly AuditEntry[];
  readonly timers: FiredByHand;
  readonly incidents: readonly unknown[];
  connect(): Promise<RawPeer>;
  /** TLS from the first byte when `alpn` is given; otherwise by SSLRequest. */
  connectTls(options: ConnectionOptions, how: 'direct' | 'negotiated'): Promise<RawPeer>;
  /** What acceptClient gave for the next connection, in the order of their ends. */
  accepted(): Promise<Accepted>;
  events(): readonly EventEntry[];
  close(): Promise<void>;
};

/** Timers that run when the test says so. */
export type FiredByHand = Timers & { readonly waiting: readonly number[]; fire(ms: number): void };

export function timersByHand(): FiredByHand {
  const timers = new Set<{ readonly ms: number; readonly run: () => void }>();
  return {
    get waiting() {
      return [...timers].map(({ ms }) => ms);
    },
    after(ms, run) {
      const timer = { ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    fire(ms) {
      for (const timer of [...timers].filter((waiting) => waiting.ms === ms)) {
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

/** A server that does nothing but acceptClient(), for people `developer` (password pencil). */
export async function startAccepting(
  overrides: Partial<AcceptDeps> = {},
  onAccepted: (accepted: Accepted) => void = () => undefined,
): Promise<AcceptFixture> {
  const audit: AuditEntry[] = [];
  const incidents: unknown[] = [];
  const timers = timersByHand();
  const sockets = new Set<Socket>();
  const ended: Accepted[] = [];
  let wake: () => void = () => undefined;
  const deps: AcceptDeps = {
    requireTls: false,
    people: {
      find: (name) =>
        name === 'developer' && pencil
          ? { principal: { id: 'developer', groups: ['staff'] }, scram: pencil }
          : undefined,
      mockSecret: Buffer.from('mock secret'),
    },
    limiter: createLoginLimiter({
      nowMs: () => 0,
      windowMs: 60_000,
      maxFailures: 3,
      maxFailuresPerAddress: 100,
      maxKeys: 100,
    }),
    loginTimeoutMs: 15_000,
    audit: {
      append: async (entry) => audit.push(entry),
    },
    nowMs: () => 1_700_000_000_000,
    timers,
    randomBytes,
    reportIncident: (cause) => `incident-${incidents.push(cause)}`,
    ...overrides,
  };
  const accept = async (socket: Socket): Promise<void> => {
    const accepted = await acceptClient(socket, deps);
    onAccepted(accepted);
    ended.push(accepted);
    wake();
  };
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    void accept(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    port,
    audit,
    timers,
    incidents,
    connect: () => connectRaw(port),
    connectTls: (options, how) => connectRawTls(port, options, how),
    async accepted() {
      for (;;) {
        const next = ended.shift();
        if (next) return next;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    events: () => audit.filter((entry) => entry.kind === 'event'),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function connectRawTls(port: number, options: ConnectionOptions, how: 'direct' | 'negotiated'): Promise<RawPeer> {
  const raw = await connectRaw(port);
  if (how === 'negotiated') {
    raw.send(Buffer.from('0000000804d2162f', 'hex'));
    const answer = (await raw.read(1)).toString();
    if (answer !== 'S') throw new Error(`answer to SSLRequest: ${answer}`);
  }
  raw.socket.removeAllListeners('data');
  const socket = connectTls({ socket: raw.socket, rejectUnauthorized: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
  return rawPeer(socket);
}

/** tls-server-end-point of a certificate that is signed with SHA-256. */
export function endPointOf(pem: string): Buffer {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
  return createHash('sha256').update(der).digest();
}
