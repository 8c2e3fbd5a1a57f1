import type { AccessFacts } from '../../../policy/access/facts.ts';
import type { CompletionEntry, DecisionEntry, EventEntry } from '../../../proxy/audit/entry.ts';

/** 2026-11-24T09:00:00Z */
export const NINE = Date.UTC(2026, 10, 24, 9);

export function factsFor(text: string, table: string, column: string): AccessFacts {
  const start = text.indexOf(column);
  return {
    statements: [
      {
        kind: 'SELECT',
        span: { start: 0, end: text.length },
        accesses: [
          {
            action: 'select',
            resource: { kind: 'column', schema: 'public', table, column },
            usage: 'output',
            spans: [{ start, end: start + column.length }],
          },
        ],
        opaque: [],
        effects: [],
        isReadOnly: true,
      },
    ],
  };
}

export function decision(changes: Partial<DecisionEntry> = {}): DecisionEntry {
  const text = changes.text ?? 'select ssn from customers';
  return {
    kind: 'decision',
    atMs: NINE,
    subject: {
      sessionId: 's1',
      principal: 'developer',
      groups: ['developers'],
      address: '10.0.0.7',
      application: 'psql',
      database: 'shop',
    },
    protocol: 'simple',
    text,
    facts: factsFor(text, 'customers', 'ssn'),
    verdict: 'allow',
    determining: [{ id: 'developers-read', reason: 'developers read the shop', file: 'developers.cedar', line: 3 }],
    denied: [],
    context: {
      session: { address: '10.0.0.7', tls: false, application: 'psql', database: 'shop', role: 'stepward' },
      clock: { nowMs: NINE, hour: 9, weekday: 2 },
      assurance: { methods: ['pwd'], aal: 1, ageMs: 1_500 },
    },
    policyVersion: 'abcdef012345',
    catalogVersion: 4,
    secondReader: 'agrees',
    ...changes,
  };
}

export function completion(decisionId: number, changes: Partial<CompletionEntry> = {}): CompletionEntry {
  return {
    kind: 'completion',
    atMs: NINE + 12,
    decisionId,
    outcome: 'done',
    rows: 3,
    bytes: 120,
    durationMs: 11.25,
    ...changes,
  };
}

export function event(changes: Partial<EventEntry> = {}): EventEntry {
  return { kind: 'event', atMs: NINE, type: 'policy.loaded', data: { version: 'abcdef012345', files: 5 }, ...changes };
}
