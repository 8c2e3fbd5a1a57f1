import SQLite from 'better-sqlite3';
import { AuditOpenError } from './open-error.ts';

/** Held as long as the store is open. */
export type StoreLock = { release(): void };

/**
 * Makes sure that one process writes a store: two would each continue the hash chain. The lock is SQLite's exclusive lock
 * on a file beside the store, which the kernel drops with the process: nothing stale is left after a SIGKILL.
 * @throws AuditOpenError `locked`
 */
export function acquireLock(storePath: string): StoreLock {
  const db = new SQLite(`${storePath}.lock`, { timeout: 0 });
  try {
    db.pragma('journal_mode = MEMORY');
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new AuditOpenError(
        'locked',
        `another stepward is writing ${storePath}; stop it, or use another dataDir`,
        error,
      );
    }
    throw error;
  }
  return { release: () => void db.close() };
}
