import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Analyzer } from '../../../policy/access/analyzer.ts';
import { createAnalyzer } from '../../../policy/access/worker-analyzer.ts';
import type { PolicyEngine } from '../../../policy/engine/decision.ts';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import { createGate } from '../../../proxy/session/gate.ts';
import type { JudgeRequest, SessionGate } from '../../../proxy/session/gate-contract.ts';
import { PUBLIC } from '../../policy/access/statements/reading.ts';
import { TINY } from '../../policy/access/statements/tiny-catalog.ts';
import { context, engineOf, NOW_MS, PASSWORD_ONLY } from '../../policy/engine/scenario.ts';
import { TempStores } from '../audit/temp-store.ts';

const counted = vi.hoisted(() => ({ cedar: 0 }));
// Cedar itself answers; it is only counted how often it is asked.
vi.mock('@cedar-policy/cedar-wasm/nodejs', async (load) => {
  const cedar = await load<typeof Cedar>();
  return {
    ...cedar,
    statefulIsAuthorized: (...args: Parameters<typeof cedar.statefulIsAuthorized>) => {
      counted.cedar += 1;
      return cedar.statefulIsAuthorized(...args);
    },
  };
});

const POLICIES = `@id("read") permit (principal, action, resource);
@id("pii-proof") forbid (principal, action == Action::"select", resource in Tag::"pii")
unless { context.assurance.aal >= 2 && context.assurance.age < duration("10m") };`;

const READ = 'SELECT note FROM notes';

let analyzer: Analyzer;
beforeAll(async () => {
  analyzer = await createAnalyzer({ limits: { timeoutMs: 15_000 }, catalog: TINY, secondReader: { mode: 'off' } });
});
afterAll(() => analyzer.close());

describe('a statement seen before, in an unchanged context', () => {
  let stores: TempStores;
  let engine: PolicyEngine;
  let nowMs: number;
  let analyses: number;
  let gate: SessionGate;
  beforeEach(() => {
    stores = new TempStores();
    engine = engineOf(POLICIES, { tags: { 'notes.note': ['pii'] } });
    nowMs = NOW_MS;
    analyses = 0;
    gate = gateOf();
    counted.cedar = 0;
  });
  afterEach(() => stores.remove());

  function gateOf(): SessionGate {
    const { session } = context();
    const subject = {
      principal: { id: 'ada', groups: [] },
      sessionId: 's1',
      address: session.address,
      application: session.application,
      database: session.database,
      context: () => ({ session, clock: { nowMs, hour: 9, weekday: 2 } }),
      assurance: { ...PASSWORD_ONLY, methods: ['pwd', 'otp'], aal: 2 } as const,
    };
    return createGate(subject, {
      analyzer: {
        ...analyzer,
        peek: (text, namespace) => analyzer.peek(text, namespace),
        catalogVersion: 1,
        analyze: (text, namespace) => {
          analyses += 1;
          return analyzer.analyze(text, namespace);
        },
      },
      engine: () => engine,
      stepUp: {
        challenge: () => ({ kind: 'refused', message: 'nobody can confirm here', hint: '' }),
        grantFor: () => undefined,
        grantsVersion: 0,
      },
      carryTags: async () => undefined,
      audit: stores.open(),
      catalog: { refresh: async () => undefined, recheck: async () => false, fresh: () => true },
      stepUpMode: 'hold',
      inTransaction: 'hold',
      holdTimeoutMs: 1000,
      nowMs: () => nowMs,
      incident: String,
    });
  }

  function asked(changes: Partial<JudgeRequest> = {}): JudgeRequest {
    return {
      text: READ,
      protocol: 'simple',
      stage: 'execute',
      namespace: PUBLIC,
      transaction: { status: 'I', hasWritten: false, hasUncommittedDdl: false },
      prepared: () => undefined,
      cursor: () => undefined,
      ...changes,
    };
  }

  /** @returns how many rows the audit gained */
  async function rowsOf(work: () => Promise<unknown>): Promise<number> {
    const reader = openAuditReader(stores.path());
    const before = reader.head().id;
    await work();
    const rows = reader.head().id - before;
    reader.close();
    return rows;
  }

  it('is not analysed, Cedar is not asked, and it leaves one row', async () => {
    expect(await gate.judge(asked())).toMatchObject({ kind: 'forward' });
    expect([analyses > 0, counted.cedar > 0]).toEqual([true, true]);
    [analyses, counted.cedar] = [0, 0];
    nowMs += 1500;
    const rows = await rowsOf(async () => expect(await gate.judge(asked())).toMatchObject({ kind: 'forward' }));
    expect({ analyses, cedar: counted.cedar, rows }).toEqual({ analyses: 0, cedar: 0, rows: 1 });
  });

  it('costs as little when it is prepared: nothing at Parse and Bind, one row at Execute', async () => {
    const extended = asked({ protocol: 'extended' });
    await gate.judge(extended);
    [analyses, counted.cedar] = [0, 0];
    const ahead = await rowsOf(async () => {
      await gate.checkParse(READ, PUBLIC);
      await gate.judge({ ...extended, stage: 'bind' });
    });
    const rows = await rowsOf(() => gate.judge(extended));
    expect({ analyses, cedar: counted.cedar, ahead, rows }).toEqual({ analyses: 0, cedar: 0, ahead: 0, rows: 1 });
  });

  it('is asked about again once its proof is too old, and refused without a new analysis', async () => {
    await gate.judge(asked());
    [analyses, counted.cedar] = [0, 0];
    nowMs += 11 * 60_000;
    expect((await gate.judge(asked())).kind).toBe('refuse');
    expect([analyses, counted.cedar > 0]).toEqual([0, true]);
  });

  it('is asked about again once other policies are in force', async () => {
    await gate.judge(asked());
    engine = engineOf(`@id("none") forbid (principal, action, resource);`);
    counted.cedar = 0;
    expect((await gate.judge(asked())).kind).toBe('refuse');
    expect(counted.cedar).toBeGreaterThan(0);
  });
});
