import { createHmac } from 'node:crypto';
import type { Access } from '../../../policy/access/facts.ts';
import type { AuditEntry, AuditLog, EventEntry } from '../../../proxy/audit/entry.ts';
import { makeScramVerifier } from '../../../proxy/auth/scram-verifier.ts';
import type { AttemptLimits } from '../../../proxy/stepup/attempt-limiter.ts';
import { createStepUp } from '../../../proxy/stepup/create-step-up.ts';
import type { Person } from '../../../proxy/stepup/person.ts';
import type { StateDb } from '../../../proxy/stepup/state-db.ts';
import { openStateDb } from '../../../proxy/stepup/state-db.ts';
import type { ChallengeRefusal, ChallengeRequest, HeldStatement } from '../../../proxy/stepup/stepup.ts';
import { ManualTimers } from './manual-timers.ts';

/** 2026-11-24T12:00:00Z, the start of a time step. */
export const noonMs = Date.UTC(2026, 10, 24, 12, 0, 0);

/** RFC 6238's test key, in bytes and as an app would be given it. */
export const rfcKey = Buffer.from('12345678901234567890');
export const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** A code computed straight from RFC 4226, independently of the library under test. */
export function codeAt(ms: number, key: Buffer = rfcKey, digits = 6): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 10 ** digits).padStart(digits, '0');
}

/** Six digits that are right in none of the steps around `ms`. */
export function wrongCode(ms: number): string {
  const right = new Set([-2, -1, 0, 1, 2].map((step) => codeAt(ms + step * 30_000)));
  for (let candidate = 0; ; candidate++) {
    const code = String(candidate).padStart(6, '0');
    if (!right.has(code)) return code;
  }
}

export function person(name: string, withTotp = true): Person {
  return {
    principal: { id: name, groups: ['developers'] },
    scram: makeScramVerifier('secret', { salt: Buffer.alloc(16), iterations: 1 }),
    ...(withTotp && { totp: { secret: rfcSecret, digits: 6, period: 30 } }),
  };
}

export function column(name: string, usage: Access['usage'] = 'output', spans: Access['spans'] = []): Access {
  return {
    action: 'select',
    resource: { kind: 'column', schema: 'public', table: 'customers', column: name },
    usage,
    spans,
  };
}

export function request(overrides: Partial<ChallengeRequest> = {}): ChallengeRequest {
  return {
    principal: { id: 'developer', groups: ['developers'] },
    sessionId: 's1',
    address: '127.0.0.1',
    application: 'psql',
    database: 'shop',
    text: 'select ssn from customers',
    accesses: [column('ssn', 'output', [{ start: 7, end: 10 }])],
    reasons: [{ id: 'pii', reason: 'personal data needs a fresh proof that it is you' }],
    rung: { name: 'totp', methods: ['pwd', 'otp', 'mfa'], aal: 2 },
    decisionId: 41,
    ...overrides,
  };
}

export type World = ReturnType<typeof makeWorld>;

/** The real step-up on a store in memory; only the clock, the randomness and the audit's disk are the test's. */
export function makeWorld(
  options: { readonly db?: StateDb; readonly limits?: AttemptLimits; readonly startMs?: number } = {},
) {
  const timers = new ManualTimers(options.startMs ?? noonMs);
  const db = options.db ?? openStateDb(':memory:');
  const people = new Map(
    [person('developer'), person('analyst'), person('plain', false)].map((p) => [p.principal.id, p]),
  );
  const entries: AuditEntry[] = [];
  const disk = { isBroken: false };
  const audit: AuditLog = {
    append: async (entry) => {
      if (disk.isBroken) throw new Error('disk full');
      return entries.push(entry);
    },
  };
  const reloadListeners = new Set<() => void>();
  let seed = 0;
  const randomBytes = (size: number) =>
    Buffer.from(Array.from({ length: size }, () => (seed = (seed * 197 + 61) % 65_521)));
  const config = { timeoutMs: 120_000, grantTtlMs: 600_000, maxOpenPerPerson: 3 };
  const stepUp = createStepUp({
    db,
    people: {
      find: (name) => people.get(name),
      onReload: (listener) => {
        reloadListeners.add(listener);
        return () => reloadListeners.delete(listener);
      },
    },
    audit,
    nowMs: timers.nowMs,
    timers,
    randomBytes,
    log: { error: () => {}, warn: () => {} },
    config: () => config,
    publicUrl: () => 'http://127.0.0.1:6433',
    ...(options.limits && { limits: options.limits }),
  });
  const events = (): readonly EventEntry[] => entries.filter((entry) => entry.kind === 'event');
  return {
    timers,
    db,
    people,
    disk,
    audit,
    stepUp,
    config,
    events,
    randomBytes,
    reload: () => reloadListeners.forEach((run) => run()),
  };
}

export function held(answer: HeldStatement | ChallengeRefusal): HeldStatement {
  if ('kind' in answer) throw new Error(`refused: ${answer.message}`);
  return answer;
}

/** Types and times of the audit, for `expect`. */
export function eventTypes(world: World): readonly string[] {
  return world.events().map(({ type }) => type);
}

export const page = { address: '10.0.0.9', via: 'page' } as const;

/** What a promise has come to by now, without waiting for it. */
export function settledNow<T>(promise: Promise<T>): Promise<T | 'pending'> {
  return Promise.race([promise, Promise.resolve<'pending'>('pending')]);
}
