import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import SQLite from 'better-sqlite3';
import { auditUnavailable } from '../wire/pg-error.ts';
import { Batch, type EntryOutcome } from './batch.ts';
import type { Head } from './chain.ts';
import type { AuditEntry, AuditLog } from './entry.ts';
import type { StoreLock } from './lock.ts';
import { acquireLock } from './lock.ts';
import { migrate } from './migrations.ts';
import { AuditOpenError } from './open-error.ts';
import type { LiteralsMode } from './redact.ts';

export type AuditStoreLog = {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export type AuditStoreDeps = {
  /** The SQLite file; made with mode 0600, its folder with 0700. */
  readonly path: string;
  /**
   * process: a committed row survives a SIGKILL of stepward (WAL, synchronous NORMAL). power: also a loss of power or a
   * crash of the machine, for one fsync in each batch (synchronous FULL).
   */
  readonly durability: 'process' | 'power';
  readonly literals?: LiteralsMode;
  readonly nowMs: () => number;
  readonly log: AuditStoreLog;
  /** When to commit what has been queued: once the current turn of the event loop is over. */
  readonly schedule?: (flush: () => void) => void;
  /**
   * How long a completion may wait for others to be committed with: nothing waits for it, and a commit of its own costs
   * several times its row. A SIGKILL may lose the completions of so many ms, and no decision. 0: they do not wait.
   */
  readonly completionDelayMs?: number;
  /** Runs something after so many ms. */
  readonly later?: (run: () => void, ms: number) => void;
  /** Entries of one turn; more are refused, so that a flood cannot take the memory. */
  readonly maxQueued?: number;
  /** Opens the database file. */
  readonly connect?: (path: string) => Database;
};

export type AuditStore = AuditLog & {
  readonly path: string;
  /** The end of the chain as committed. */
  head(): Head;
  /** Commits what is queued, checkpoints and lets go of the file. Later appends are refused. */
  close(): void;
};

/** Completions that wait; with more, the next batch takes them along. */
const MAX_DELAYED = 1000;

type Waiting = {
  readonly entry: AuditEntry;
  readonly resolve: (id: number) => void;
  readonly reject: (error: Error) => void;
};

/**
 * Opens (and makes, and migrates) the store for writing.
 * @throws AuditOpenError when another process writes it, when it is newer than this version, or cannot be opened
 */
export function openAuditStore(deps: AuditStoreDeps): AuditStore {
  try {
    prepareFile(deps.path);
    const lock = acquireLock(deps.path);
    try {
      return new SqliteAuditStore(deps, openDatabase(deps), lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof AuditOpenError) throw error;
    throw new AuditOpenError('io', `cannot open the audit store ${deps.path}: ${reasonOf(error)}`, error);
  }
}

/**
 * Statements hold people's data: a new file is for stepward's own account only. SQLite gives -wal and -shm the same mode.
 * The mode of a file that is there already is its owner's choice.
 */
function prepareFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (const file of [path, `${path}.lock`]) {
    closeSync(openSync(file, 'a', 0o600));
  }
}

function openDatabase(deps: AuditStoreDeps): Database {
  // A wait for a lock would stop the whole proxy: readers of a WAL database do not block the writer, and the lock file
  // keeps other writers out, so what is left is somebody's sqlite3 shell.
  const db = deps.connect?.(deps.path) ?? new SQLite(deps.path, { timeout: 50 });
  try {
    migrate(db);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${deps.durability === 'power' ? 'FULL' : 'NORMAL'}`);
    db.pragma('foreign_keys = ON');
    // A checkpoint waits for the disk (10 ms and more). Small commits write the same few pages again and again, so one
    // checkpoint for 16 MiB of WAL costs about as much as SQLite's default of one for 4 MiB.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('journal_size_limit = 67108864');
    db.prepare('INSERT INTO store (one, uid, created_at) VALUES (1, ?, ?) ON CONFLICT DO NOTHING').run(
      randomUUID(),
      Math.round(deps.nowMs()),
    );
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteAuditStore implements AuditStore {
  readonly path: string;
  readonly #deps: AuditStoreDeps;
  readonly #db: Database;
  readonly #lock: StoreLock;
  readonly #batch: Batch;
  readonly #schedule: (flush: () => void) => void;
  readonly #later: (run: () => void, ms: number) => void;
  readonly #completionDelayMs: number;
  readonly #maxQueued: number;
  #queue: Waiting[] = [];
  #completions: Waiting[] = [];
  #isScheduled = false;
  #isDelayed = false;
  #isFailing = false;
  #isClosed = false;

  constructor(deps: AuditStoreDeps, db: Database, lock: StoreLock) {
    this.path = deps.path;
    this.#deps = deps;
    this.#db = db;
    this.#lock = lock;
    this.#batch = new Batch(db, deps.literals ?? 'keep');
    this.#schedule = deps.schedule ?? ((flush) => void setImmediate(flush));
    this.#later = deps.later ?? ((run, ms) => void setTimeout(run, ms).unref());
    this.#completionDelayMs = deps.completionDelayMs ?? 0;
    this.#maxQueued = deps.maxQueued ?? 50_000;
    deps.log.info({ path: deps.path, head: this.head() }, 'audit store opened');
  }

  append(entry: AuditEntry): Promise<number> {
    if (this.#isClosed || this.#queue.length + this.#completions.length >= this.#maxQueued) {
      this.#noteFailure(new Error(this.#isClosed ? 'the store is closed' : 'too many entries in one turn'));
      return Promise.reject(auditUnavailable());
    }
    return new Promise((resolve, reject) => {
      const isDelayed = entry.kind === 'completion' && this.#completionDelayMs > 0;
      (isDelayed ? this.#completions : this.#queue).push({ entry, resolve, reject });
      if (isDelayed) this.#flushLater();
      else this.#flushSoon();
    });
  }

  head(): Head {
    return this.#batch.head;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#flushAll();
    this.#isClosed = true;
    this.#deps.log.info({ path: this.path, head: this.head() }, 'audit store closed');
    try {
      this.#db.close();
    } finally {
      this.#lock.release();
    }
  }

  /** INVARIANT 2: what is forwarded waits for this one. */
  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      if (this.#completions.length >= MAX_DELAYED) this.#flushAll();
      else this.#commit(this.#takeQueue(), this.#completionDelayMs === 0);
      if (!this.#batch.isHeadNoted) this.#flushLater();
    });
  }

  #flushLater(): void {
    if (this.#isDelayed) return;
    this.#isDelayed = true;
    this.#later(() => {
      this.#isDelayed = false;
      this.#flushAll();
    }, this.#completionDelayMs);
  }

  /** Leaves nothing for later. */
  #flushAll(): void {
    const waiting = [...this.#takeQueue(), ...this.#completions];
    this.#completions = [];
    if (waiting.length > 0 || !this.#batch.isHeadNoted) this.#commit(waiting, true);
  }

  #takeQueue(): readonly Waiting[] {
    const queue = this.#queue;
    this.#queue = [];
    return queue;
  }

  /** A promise is resolved only after the commit of its row. */
  #commit(waiting: readonly Waiting[], notesHead: boolean): void {
    if (this.#isClosed) return;
    const hasEvents = waiting.some(({ entry }) => entry.kind !== 'decision');
    const result = this.#batch.commit(
      waiting.map(({ entry }) => entry),
      notesHead || hasEvents,
    );
    if (result.kind === 'failed') {
      this.#noteFailure(result.cause);
      for (const { reject } of waiting) reject(auditUnavailable());
      return;
    }
    this.#noteSuccess();
    this.#settle(waiting, result.outcomes);
  }

  #settle(waiting: readonly Waiting[], outcomes: readonly EntryOutcome[]): void {
    for (const [i, { resolve, reject, entry }] of waiting.entries()) {
      const outcome = outcomes[i];
      if (outcome?.kind === 'written') resolve(outcome.id);
      else {
        this.#deps.log.error({ err: outcome?.cause, kind: entry.kind }, 'an entry could not be recorded');
        reject(auditUnavailable());
      }
    }
  }

  /** One line when it begins to fail, not one for each statement that is refused. */
  #noteFailure(cause: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#deps.log.error({ err: cause, path: this.path }, 'the audit store cannot be written; statements are refused');
  }

  #noteSuccess(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#deps.log.info({ path: this.path }, 'the audit store can be written again');
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
