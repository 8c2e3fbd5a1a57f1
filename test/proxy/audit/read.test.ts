import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditFilter, AuditReader } from '../../../proxy/audit/read.ts';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import { decision, event, factsFor, NINE } from './entries.ts';
import { TempStores } from './temp-store.ts';

describe('reading the audit', () => {
  const temp = new TempStores();
  let reader: AuditReader;
  const { subject } = decision();
  const orders = 'select total from orders';

  beforeAll(async () => {
    const store = temp.open();
    await store.append(event({ type: 'server.started', atMs: NINE - 60_000 }));
    await store.append(decision({ atMs: NINE - 30_000 }));
    await store.append(decision({ verdict: 'refuse', subject: { ...subject, principal: 'analyst', sessionId: 's2' } }));
    await store.append(decision({ text: orders, facts: factsFor(orders, 'orders', 'total') }));
    await store.append(event({ type: 'challenge.created', subject, data: { challengeId: 'c1', decisionId: 3 } }));
    await store.append(event({ type: 'challenge.expired', subject, data: { challengeId: 'c1' }, atMs: NINE + 60_000 }));
    await store.append(event({ type: 'grant.created', subject, data: { grantId: 'g1' }, atMs: NINE + 60_000 }));
    await store.append(decision({ atMs: NINE + 60_000, grantIds: ['g1'] }));
    store.close();
    reader = openAuditReader(store.path);
  });
  afterAll(() => {
    reader.close();
    temp.remove();
  });

  const ids = (filter: AuditFilter, count = 100) => reader.last(filter, count).map(({ id }) => id);

  it.each<[string, AuditFilter, readonly number[]]>([
    ['everything', {}, [1, 2, 3, 4, 5, 6, 7, 8]],
    ['a person', { person: 'developer' }, [2, 4, 5, 6, 7, 8]],
    ['a verdict, without events', { verdict: 'allow' }, [2, 4, 8]],
    ['a session', { sessionId: 's2' }, [3]],
    ['since and until', { sinceMs: NINE, untilMs: NINE + 1 }, [3, 4, 5]],
    ['a table by its name alone', { table: 'customers' }, [2, 3, 8]],
    ['a qualified table', { table: 'public.orders' }, [4]],
    ['a column', { table: 'public.customers.ssn' }, [2, 3, 8]],
    ['a table that no statement touches', { table: 'cust' }, []],
    ['several at once', { person: 'developer', table: 'customers', sinceMs: 0 }, [2, 8]],
    ['a name with a quote in it', { person: "o'brien" }, []],
    ['a range of ids', { afterId: 1, beforeId: 4 }, [2, 3]],
  ])('filters by %s', (_, filter, expected) => {
    expect(ids(filter)).toEqual(expected);
  });

  it('gives the last rows oldest first, and pages forward', () => {
    expect(ids({}, 2)).toEqual([7, 8]);
    expect(reader.first({ afterId: 2 }, 2).map(({ id }) => id)).toEqual([3, 4]);
  });

  it('finds what became of a decision through the challenge that it led to', () => {
    expect(reader.eventsOfDecision(3).map(({ entry }) => entry.type)).toEqual([
      'challenge.created',
      'challenge.expired',
    ]);
    expect(reader.eventsOfDecision(2)).toEqual([]);
  });

  it('finds how a grant came, and the next decision of a session for the same text', () => {
    expect(reader.eventsOfGrant('g1').map(({ id }) => id)).toEqual([7]);
    expect(reader.nextDecision(2)).toBe(8);
    expect(reader.nextDecision(4)).toBeUndefined();
  });

  it('gives undefined for a row that is not there', () => {
    expect(reader.get(77)).toBeUndefined();
  });
});
