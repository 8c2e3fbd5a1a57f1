import type { Database, Statement } from 'better-sqlite3';
import SQLite from 'better-sqlite3';
import type { Head } from './chain.ts';
import { readHead } from './chain-head.ts';
import type { AuditEntry } from './entry.ts';
import { EntryWriter } from './entry-writer.ts';
import type { FileIdentity } from './file-identity.ts';
import { rememberFiles } from './file-identity.ts';
import type { LiteralsMode } from './redact.ts';

export type EntryOutcome =
  | { readonly kind: 'written'; readonly id: number }
  | { readonly kind: 'rejected'; readonly cause: unknown };

export type BatchResult =
  | { readonly kind: 'committed'; readonly outcomes: readonly EntryOutcome[] }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** Writes entries in one transaction, and keeps the end of the chain. All or nothing, but for entries bad in themselves. */
export class Batch {
  readonly #db: Database;
  readonly #writer: EntryWriter;
  readonly #setHead: Statement<[number, Buffer]>;
  readonly #begin: Statement<[]>;
  readonly #commit: Statement<[]>;
  readonly #rollback: Statement<[]>;
  readonly #files: FileIdentity;
  #head: Head;
  #isHeadNoted = true;

  constructor(db: Database, literals: LiteralsMode) {
    this.#db = db;
    this.#writer = new EntryWriter(db, literals);
    this.#setHead = db.prepare(
      'INSERT INTO head (one, id, hash) VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET id = excluded.id, hash = excluded.hash',
    );
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#files = rememberFiles(db.name, [`${db.name}-wal`]);
    this.#head = readHead(db);
  }

  get head(): Head {
    return this.#head;
  }

  /** False while rows have been committed without the head: a batch, be it empty, must follow soon that notes it. */
  get isHeadNoted(): boolean {
    return this.#isHeadNoted;
  }

  /**
   * Never throws.
   * @param notesHead also writes where the chain ends, which costs one more page of the file. May be left to a later
   *   batch for decisions; see readHead() for what must not be without.
   */
  commit(entries: readonly AuditEntry[], notesHead: boolean): BatchResult {
    try {
      this.#files.check();
      this.#begin.run();
      const { outcomes, head } = this.#writeAll(entries);
      if (notesHead) this.#setHead.run(head.id, Buffer.from(head.hash, 'hex'));
      this.#commit.run();
      this.#head = head;
      this.#isHeadNoted = notesHead;
      return { kind: 'committed', outcomes };
    } catch (cause) {
      this.#abandon();
      return { kind: 'failed', cause };
    }
  }

  #writeAll(entries: readonly AuditEntry[]): { readonly outcomes: readonly EntryOutcome[]; readonly head: Head } {
    let head = this.#head;
    const outcomes = entries.map((entry): EntryOutcome => {
      try {
        head = this.#writer.write(entry, head);
        return { kind: 'written', id: head.id };
      } catch (cause) {
        if (!this.#db.inTransaction || !isFaultOfEntry(cause)) throw cause;
        return { kind: 'rejected', cause };
      }
    });
    return { outcomes, head };
  }

  /** SQLite may have rolled back by itself (disk full, I/O error). */
  #abandon(): void {
    try {
      if (this.#db.inTransaction) this.#rollback.run();
    } catch {
      // The next BEGIN fails then, and says so.
    }
    this.#writer.forget();
  }
}

/** A completion of an unknown decision, a number that is none: the others of the batch need not suffer for it. */
function isFaultOfEntry(cause: unknown): boolean {
  return !(cause instanceof SQLite.SqliteError) || /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(cause.code);
}
