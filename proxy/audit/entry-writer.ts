import type { Database } from 'better-sqlite3';
import type { AccessFacts } from '../../policy/access/facts.ts';
import type { Head } from './chain.ts';
import { canonicalCompletion, canonicalDecision, canonicalEvent, nextHash } from './chain.ts';
import type { BodyRef } from './dictionary.ts';
import { Dictionary } from './dictionary.ts';
import type { AuditEntry, CompletionEntry, DecisionEntry, EventEntry } from './entry.ts';
import type { LiteralsMode } from './redact.ts';
import { redactMessage, redactStatement } from './redact.ts';

type Cell = string | number | Buffer | null;

/**
 * Turns entries into rows, each with its place in the chain. Works inside a transaction that the store opens and ends.
 * A throw means that this entry has no row; the chain's head is what the caller says it is.
 */
export class EntryWriter {
  readonly #literals: LiteralsMode;
  readonly #dictionaries: Readonly<Record<'subject' | 'text' | 'facts' | 'grounds' | 'context', Dictionary>>;
  readonly #insert: Readonly<Record<'decision' | 'completion' | 'event', (...cells: Cell[]) => void>>;
  #factsSeen: FactsCache = new WeakMap();

  constructor(db: Database, literals: LiteralsMode) {
    this.#literals = literals;
    this.#dictionaries = {
      subject: new Dictionary(db, 'subject'),
      text: new Dictionary(db, 'statement_text'),
      facts: new Dictionary(db, 'facts'),
      grounds: new Dictionary(db, 'grounds'),
      context: new Dictionary(db, 'context'),
    };
    this.#insert = {
      decision: inserter(db, 'decision', DECISION_COLUMNS),
      completion: inserter(db, 'completion', COMPLETION_COLUMNS),
      event: inserter(db, 'event', EVENT_COLUMNS),
    };
  }

  /** @returns the new head, whose id is the row's */
  write(entry: AuditEntry, head: Head): Head {
    switch (entry.kind) {
      case 'decision':
        return this.#writeDecision(entry, head);
      case 'completion':
        return this.#writeCompletion(entry, head);
      case 'event':
        return this.#writeEvent(entry, head);
    }
  }

  /** Must follow a rollback. */
  forget(): void {
    for (const dictionary of Object.values(this.#dictionaries)) dictionary.forget();
    this.#factsSeen = new WeakMap();
  }

  #writeDecision(entry: DecisionEntry, head: Head): Head {
    const id = head.id + 1;
    const subject = this.#dictionaries.subject.refer(JSON.stringify(entry.subject));
    const { text, facts } = this.#statement(entry.text, entry.facts);
    const grounds = this.#dictionaries.grounds.refer(groundsBody(entry));
    const context = this.#dictionaries.context.refer(contextBody(entry));
    const row = {
      id,
      at: Math.round(entry.atMs),
      subject: subject.digest,
      statement_text: text.digest,
      facts: facts?.digest ?? null,
      grounds: grounds.digest,
      context: context.digest,
      context_now: Math.round(entry.context.clock.nowMs),
      assurance_age: Math.round(entry.context.assurance.ageMs),
      protocol: entry.protocol,
      verdict: entry.verdict,
      catalog_version: entry.catalogVersion,
      second_reader: entry.secondReader?.toWellFormed() ?? null,
      challenge: entry.challengeId ?? null,
      grants: entry.grantIds === undefined ? null : JSON.stringify(entry.grantIds),
      sqlstate: entry.sqlstate ?? null,
      message: this.#message(entry),
    };
    const hash = nextHash(head.hash, canonicalDecision(row));
    const references = [subject.id, text.id, facts?.id ?? null, grounds.id, context.id];
    this.#insert.decision(
      id,
      row.at,
      ...references,
      row.context_now,
      row.assurance_age,
      row.protocol,
      row.verdict,
      row.catalog_version,
      row.second_reader,
      row.challenge,
      row.grants,
      row.sqlstate,
      row.message,
      Buffer.from(hash, 'hex'),
    );
    return { id, hash };
  }

  #writeCompletion(entry: CompletionEntry, head: Head): Head {
    const row = {
      id: head.id + 1,
      decision: entry.decisionId,
      at: Math.round(entry.atMs),
      outcome: entry.outcome,
      rows: entry.rows,
      bytes: entry.bytes,
      duration_ms: Math.round(entry.durationMs * 1_000) / 1_000,
      sqlstate: entry.sqlstate ?? null,
    };
    const hash = nextHash(head.hash, canonicalCompletion(row));
    const { decision, id, at, outcome, rows, bytes, duration_ms: durationMs, sqlstate } = row;
    this.#insert.completion(decision, id, at, outcome, rows, bytes, durationMs, sqlstate, Buffer.from(hash, 'hex'));
    return { id, hash };
  }

  #writeEvent(entry: EventEntry, head: Head): Head {
    const id = head.id + 1;
    const subject =
      entry.subject === undefined ? undefined : this.#dictionaries.subject.refer(JSON.stringify(entry.subject));
    const row = {
      id,
      at: Math.round(entry.atMs),
      type: entry.type,
      subject: subject?.digest ?? null,
      data: JSON.stringify(this.#eventData(entry.data)),
    };
    const hash = nextHash(head.hash, canonicalEvent(row));
    this.#insert.event(id, row.at, row.type, subject?.id ?? null, row.data, Buffer.from(hash, 'hex'));
    return { id, hash };
  }

  /** Equal analyses are the same object (see Analyzer): their bodies are built once. */
  #statement(text: string, facts: AccessFacts | undefined): StatementRefs {
    const seen = facts && this.#factsSeen.get(facts);
    if (seen?.of === text) return seen.refs;
    const stored = redactStatement(text, facts, this.#literals);
    const refs = {
      text: this.#dictionaries.text.refer(stored.text),
      facts: stored.facts && this.#dictionaries.facts.refer(JSON.stringify(stored.facts)),
    };
    if (facts !== undefined) this.#factsSeen.set(facts, { of: text, refs });
    return refs;
  }

  #message(entry: DecisionEntry): string | null {
    return entry.message === undefined
      ? null
      : redactMessage(entry.message, entry.sqlstate, this.#literals).toWellFormed();
  }

  /** Events may quote the statement that they are about, under `text`. */
  #eventData(data: EventEntry['data']): EventEntry['data'] {
    const text = data['text'];
    return typeof text === 'string' ? { ...data, text: redactStatement(text, undefined, this.#literals).text } : data;
  }
}

type StatementRefs = { readonly text: BodyRef; readonly facts: BodyRef | undefined };
type FactsCache = WeakMap<AccessFacts, { readonly of: string; readonly refs: StatementRefs }>;

const DECISION_COLUMNS =
  'id, at, subject, statement_text, facts, grounds, context, context_now, assurance_age, protocol, verdict, ' +
  'catalog_version, second_reader, challenge, grants, sqlstate, message, hash';
const COMPLETION_COLUMNS = 'decision, id, at, outcome, rows, bytes, duration_ms, sqlstate, hash';
const EVENT_COLUMNS = 'id, at, type, subject, data, hash';

function inserter(db: Database, table: string, columns: string): (...cells: Cell[]) => void {
  const marks = columns.replaceAll(/\w+/g, '?');
  const statement = db.prepare<Cell[]>(`INSERT INTO ${table} (${columns}) VALUES (${marks})`);
  return (...cells) => void statement.run(...cells);
}

function groundsBody(entry: DecisionEntry): string {
  return JSON.stringify({
    policyVersion: entry.policyVersion,
    determining: entry.determining,
    denied: entry.denied,
  });
}

/** Without what moves by itself, which has columns of its own: contexts repeat, moments do not. */
function contextBody(entry: DecisionEntry): string {
  const { session, clock, assurance, ...more } = entry.context;
  return JSON.stringify({
    session,
    clock: { hour: clock.hour, weekday: clock.weekday },
    assurance: { methods: assurance.methods, aal: assurance.aal },
    ...more,
  });
}
