import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import SQLite from 'better-sqlite3';
import { auditUnavailable } from '../wire/pg-error.ts';
import { Batch } from './batch.ts';
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
  readonly #maxQueued: number;
  #queue: Waiting[] = [];
  #isFailing = false;
  #isClosed = false;

  constructor(deps: AuditStoreDeps, db: Database, lock: StoreLock) {
    this.path = deps.path;
    this.#deps = deps;
    this.#db = db;
    this.#lock = lock;
    this.#batch = new Batch(db, deps.literals ?? 'keep');
    this.#schedule = deps.schedule ?? ((flush) => void setImmediate(flush));
    this.#maxQueued = deps.maxQueued ?? 50_000;
    deps.log.info({ path: deps.path, head: this.head() }, 'audit store opened');
  }

  append(entry: AuditEntry): Promise<number> {
    if (this.#isClosed || this.#queue.length >= this.#maxQueued) {
      this.#noteFailure(new Error(this.#isClosed ? 'the store is closed' : 'too many entries in one turn'));
      return Promise.reject(auditUnavailable());
    }
    return new Promise((resolve, reject) => {
      if (this.#queue.push({ entry, resolve, reject }) === 1) this.#schedule(() => this.#flush());
    });
  }

  head(): Head {
    return this.#batch.head;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#deps.log.info({ path: this.path, head: this.head() }, 'audit store closed');
    try {
      this.#db.close();
    } finally {
      this.#lock.release();
    }
  }

  /** INVARIANT 2: a promise is resolved only after the commit of its row. */
  #flush(): void {
    const waiting = this.#queue;
    if (waiting.length === 0 || this.#isClosed) return;
    this.#queue = [];
    const result = this.#batch.commit(waiting.map(({ entry }) => entry));
    if (result.kind === 'failed') {
      this.#noteFailure(result.cause);
      for (const { reject } of waiting) reject(auditUnavailable());
      return;
    }
    this.#noteSuccess();
    for (const [i, { resolve, reject, entry }] of waiting.entries()) {
      const outcome = result.outcomes[i];
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
