import type { Database } from 'better-sqlite3';
import type { AccessFacts } from '../../policy/access/facts.ts';
import type { Head } from './chain.ts';
import { canonicalCompletion, canonicalDecision, canonicalEvent, nextHash } from './chain.ts';
import type { BodyRef } from './dictionary.ts';
import { Dictionary } from './dictionary.ts';
import type { AuditEntry, AuditSubject, CompletionEntry, DecisionEntry, EventEntry } from './entry.ts';
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
  #seen = emptySeen();

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
    this.#seen = emptySeen();
  }

  #writeDecision(entry: DecisionEntry, head: Head): Head {
    const id = head.id + 1;
    const subject = this.#subject(entry.subject);
    const { text, facts } = this.#statement(entry.text, entry.facts);
    const grounds = this.#grounds(entry);
    const context = this.#context(entry.context);
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

  // What repeats is recognised by the identity of its parts: the gate gives the same objects for the same session and the
  // same decision, so that the hot path neither renders nor hashes their bodies again.

  #subject(subject: AuditSubject): BodyRef {
    const seen = this.#seen.subjects.get(subject);
    if (seen !== undefined) return seen;
    const ref = this.#dictionaries.subject.refer(JSON.stringify(subject));
    this.#seen.subjects.set(subject, ref);
    return ref;
  }

  #grounds(entry: DecisionEntry): BodyRef {
    const { determining, denied, policyVersion } = entry;
    const seen = this.#seen.grounds.get(determining);
    if (seen?.policyVersion === policyVersion && denied.length === 0) return seen.ref;
    const ref = this.#dictionaries.grounds.refer(JSON.stringify({ policyVersion, determining, denied }));
    if (denied.length === 0) this.#seen.grounds.set(determining, { policyVersion, ref });
    return ref;
  }

  #context(context: DecisionEntry['context']): BodyRef {
    const { session, clock, assurance } = context;
    const seen = this.#seen.contexts.get(session);
    const isSame =
      seen?.hour === clock.hour &&
      seen.weekday === clock.weekday &&
      seen.methods === assurance.methods &&
      seen.aal === assurance.aal;
    if (isSame && Object.keys(context).length === SEEN_PARTS) return seen.ref;
    const ref = this.#dictionaries.context.refer(contextBody(context));
    const { hour, weekday } = clock;
    if (Object.keys(context).length === SEEN_PARTS) {
      this.#seen.contexts.set(session, { hour, weekday, methods: assurance.methods, aal: assurance.aal, ref });
    }
    return ref;
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

/** session, clock, assurance: where a context has more, it is rendered each time. */
const SEEN_PARTS = 3;

type Context = DecisionEntry['context'];
type SeenContext = Pick<Context['clock'], 'hour' | 'weekday'> &
  Pick<Context['assurance'], 'methods' | 'aal'> & { readonly ref: BodyRef };

type Seen = {
  readonly subjects: WeakMap<AuditSubject, BodyRef>;
  readonly grounds: WeakMap<DecisionEntry['determining'], { readonly policyVersion: string; readonly ref: BodyRef }>;
  /** By the session's own part; the latest of each session. */
  readonly contexts: WeakMap<Context['session'], SeenContext>;
};

function emptySeen(): Seen {
  return { subjects: new WeakMap(), grounds: new WeakMap(), contexts: new WeakMap() };
}

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

/** Without what moves by itself, which has columns of its own: contexts repeat, moments do not. */
function contextBody({ session, clock, assurance, ...more }: DecisionEntry['context']): string {
  return JSON.stringify({
    session,
    clock: { hour: clock.hour, weekday: clock.weekday },
    assurance: { methods: assurance.methods, aal: assurance.aal },
    ...more,
  });
}
