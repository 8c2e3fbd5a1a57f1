import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CancelKeys } from '../../../proxy/session/cancel-keys.ts';
import { runSession } from '../../../proxy/session/run-session.ts';
import { SessionRegistry } from '../../../proxy/session/session-registry.ts';
import { DEFAULT_SESSION_LIMITS, type SessionEnd } from '../../../proxy/session/session-types.ts';
import { cstr, frame, i16, i32, text } from '../../support/bytes.ts';
import { ManualTimers } from '../stepup/manual-timers.ts';
import { createRuleGate, type RuleGate } from './rule-gate.ts';

/** A session between two ends that the test holds. */
export type ScriptedSession = {
  readonly client: Duplex;
  readonly upstream: Duplex;
  readonly gate: RuleGate;
  readonly registry: SessionRegistry;
  readonly timers: ManualTimers;
  readonly end: Promise<SessionEnd>;
  /** A CancelRequest with the session's key. */
  readonly cancelRequest: () => void;
  readonly close: () => void;
};

const ready = frame('Z', text('I'));

/** The answer to the session's first question: search_path, role, no temporary table. */
const firstAnswer = Buffer.concat([
  frame('1'),
  frame('2'),
  frame('D', i16(3), i32(6), text('public'), i32(3), text('app'), i32(-1)),
  frame('C', cstr('SELECT 1')),
  frame('3'),
  frame('3'),
  ready,
]);

/** @param cancel what stands for a CancelRequest to upstream */
export async function startScriptedSession(cancel = async (): Promise<void> => {}): Promise<ScriptedSession> {
  const [clientEnd, client] = duplexPair();
  const [upstreamEnd, upstream] = duplexPair();
  const timers = new ManualTimers(0);
  const gate = createRuleGate();
  const registry = new SessionRegistry();
  const cancelKeys = new CancelKeys({ randomBytes: (count) => Buffer.alloc(count, 7) });
  const end = runSession(
    {
      stream: clientEnd,
      leftover: Buffer.alloc(0),
      address: '::1',
      person: { id: 'ada', groups: [] },
      parameters: new Map(),
      protocolMinor: 0,
    },
    {
      stream: upstreamEnd,
      leftover: Buffer.alloc(0),
      parameterStatuses: new Map([['client_encoding', 'UTF8']]),
      backendKey: { pid: 4711 },
      cancel,
    },
    {
      sessionId: 's1',
      gate,
      cancelKeys,
      registry,
      timers,
      nowMs: timers.nowMs,
      limits: DEFAULT_SESSION_LIMITS,
      log: { warn: () => {} },
      reportIncident: () => 'i',
    },
  );
  upstream.write(firstAnswer);
  await readUntilReady(client);
  const close = (): void => {
    client.destroy();
    upstream.destroy();
  };
  const cancelRequest = (): void => void cancelKeys.cancel(4711, Buffer.alloc(4, 7));
  return { client, upstream, gate, registry, timers, end, cancelRequest, close };
}

/** Lets everything happen that can without the clock. */
export async function turns(count = 20): Promise<void> {
  for (let left = count; left > 0; left -= 1) await setImmediate();
}

/** All that has come. */
export function received(stream: Duplex): Buffer {
  const bytes: unknown = stream.read();
  return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
}

async function readUntilReady(stream: Duplex): Promise<void> {
  let bytes = Buffer.alloc(0);
  while (!bytes.subarray(-6).equals(ready)) {
    await turns(1);
    bytes = Buffer.concat([bytes, received(stream)]);
  }
}
