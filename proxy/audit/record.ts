import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { CompletionEntry, DecisionEntry, EventEntry } from './entry.ts';
import { factsSchema } from './facts-schema.ts';

/** A row as it is read again: the entry that was appended (literals as stored), its id and its place in the chain. */
export type DecisionRecord = {
  readonly kind: 'decision';
  readonly id: number;
  readonly hash: string;
  readonly entry: DecisionEntry;
  readonly completion: CompletionRecord | undefined;
};
export type CompletionRecord = { readonly id: number; readonly hash: string; readonly entry: CompletionEntry };
export type EventRecord = {
  readonly kind: 'event';
  readonly id: number;
  readonly hash: string;
  readonly entry: EventEntry;
};
export type AuditRecord = DecisionRecord | EventRecord;

const subject = z.object({
  sessionId: z.string(),
  principal: z.string().optional(),
  groups: z.array(z.string()),
  address: z.string(),
  application: z.string(),
  database: z.string(),
});
// Absent when undefined: JSON has no undefined.
const decisionSubject = subject.transform((s) => ({ ...s, principal: s.principal }));

const grounds = z.object({
  policyVersion: z.string(),
  determining: z.array(
    z.object({
      id: z.string(),
      reason: z.string().optional(),
      file: z.string().optional(),
      line: z.number().optional(),
    }),
  ),
  denied: z.array(z.object({ action: z.string(), resource: z.string(), policies: z.array(z.string()) })),
});

// Loose: later versions put more signals in, which `show` prints although this version does not know them.
const context = z.looseObject({
  session: z.looseObject({
    address: z.string(),
    tls: z.boolean(),
    application: z.string(),
    database: z.string(),
    role: z.string(),
  }),
  clock: z.object({ hour: z.number(), weekday: z.number() }),
  assurance: z.object({ methods: z.array(z.string()), aal: z.number() }),
});

const decisionRow = z.object({
  id: z.number(),
  at: z.number(),
  subject: z.string(),
  statement_text: z.string(),
  facts: z.string().nullable(),
  grounds: z.string(),
  context: z.string(),
  context_now: z.number(),
  assurance_age: z.number(),
  protocol: z.enum(['simple', 'extended', 'functionCall', 'connect']),
  verdict: z.enum(['allow', 'refuse', 'hold']),
  catalog_version: z.number(),
  second_reader: z.string().nullable(),
  challenge: z.string().nullable(),
  grants: z.string().nullable(),
  sqlstate: z.string().nullable(),
  message: z.string().nullable(),
  hash: z.instanceof(Buffer),
});

const completionRow = z.object({
  decision: z.number(),
  id: z.number(),
  at: z.number(),
  outcome: z.enum(['done', 'error', 'cancelled', 'lost']),
  rows: z.number(),
  bytes: z.number(),
  duration_ms: z.number(),
  sqlstate: z.string().nullable(),
  hash: z.instanceof(Buffer),
});

/** Any text: a newer version may know more types. */
const eventType = z.custom<EventEntry['type']>((value) => typeof value === 'string');
const eventRow = z.object({
  id: z.number(),
  at: z.number(),
  type: eventType,
  subject: z.string().nullable(),
  data: z.string(),
  hash: z.instanceof(Buffer),
});
const eventData = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** Reads single rows by id, joined with the bodies that they point to. */
export function recordReader(db: Database) {
  const decisions = db.prepare<[number]>(`
    SELECT d.*, s.body AS subject, t.body AS statement_text, f.body AS facts, g.body AS grounds, c.body AS context
    FROM decision d JOIN subject s ON s.id = d.subject JOIN statement_text t ON t.id = d.statement_text
    LEFT JOIN facts f ON f.id = d.facts JOIN grounds g ON g.id = d.grounds JOIN context c ON c.id = d.context
    WHERE d.id = ?`);
  const completions = db.prepare<[number]>('SELECT * FROM completion WHERE decision = ?');
  const events = db.prepare<[number]>(
    'SELECT e.*, s.body AS subject FROM event e LEFT JOIN subject s ON s.id = e.subject WHERE e.id = ?',
  );
  const completion = (id: number) => toCompletion(completions.get(id));
  return {
    completion,
    decision: (id: number) => toDecision(decisions.get(id), completion),
    event: (id: number) => toEvent(events.get(id)),
  };
}

function toDecision(
  raw: unknown,
  completion: (id: number) => CompletionRecord | undefined,
): DecisionRecord | undefined {
  if (raw === undefined) return undefined;
  const row = decisionRow.parse(raw);
  return {
    kind: 'decision',
    id: row.id,
    hash: row.hash.toString('hex'),
    entry: decisionEntry(row),
    completion: completion(row.id),
  };
}

function decisionEntry(row: z.output<typeof decisionRow>): DecisionEntry {
  const { policyVersion, determining, denied } = grounds.parse(JSON.parse(row.grounds));
  const { clock, assurance, ...more } = context.parse(JSON.parse(row.context));
  return {
    kind: 'decision',
    atMs: row.at,
    subject: decisionSubject.parse(JSON.parse(row.subject)),
    protocol: row.protocol,
    text: row.statement_text,
    facts: row.facts === null ? undefined : factsSchema.parse(JSON.parse(row.facts)),
    verdict: row.verdict,
    determining,
    denied,
    ...(row.sqlstate !== null && { sqlstate: row.sqlstate }),
    ...(row.message !== null && { message: row.message }),
    context: {
      ...more,
      clock: { ...clock, nowMs: row.context_now },
      assurance: { ...assurance, ageMs: row.assurance_age },
    },
    policyVersion,
    catalogVersion: row.catalog_version,
    ...(row.second_reader !== null && { secondReader: row.second_reader }),
    ...(row.challenge !== null && { challengeId: row.challenge }),
    ...(row.grants !== null && { grantIds: z.array(z.string()).parse(JSON.parse(row.grants)) }),
  };
}

function toCompletion(raw: unknown): CompletionRecord | undefined {
  if (raw === undefined) return undefined;
  const row = completionRow.parse(raw);
  const { id, decision, at, outcome, rows, bytes, duration_ms: durationMs, sqlstate, hash } = row;
  return {
    id,
    hash: hash.toString('hex'),
    entry: {
      kind: 'completion',
      atMs: at,
      decisionId: decision,
      outcome,
      rows,
      bytes,
      durationMs,
      ...(sqlstate !== null && { sqlstate }),
    },
  };
}

function toEvent(raw: unknown): EventRecord | undefined {
  if (raw === undefined) return undefined;
  const row = eventRow.parse(raw);
  return {
    kind: 'event',
    id: row.id,
    hash: row.hash.toString('hex'),
    entry: {
      kind: 'event',
      atMs: row.at,
      type: row.type,
      ...(row.subject !== null && { subject: subject.partial().parse(JSON.parse(row.subject)) }),
      data: eventData.parse(JSON.parse(row.data)),
    },
  };
}
