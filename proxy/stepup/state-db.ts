import { closeSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';

/** The small store of what a restart must not forget: grants, used codes, lock-outs, carried tags. Not the audit store. */
export type StateDb = Database.Database;

/** One entry per version; `user_version` counts the applied ones. Never edit an entry that was released: add one. */
const migrations = [
  `CREATE TABLE grant_ (
     id TEXT PRIMARY KEY,
     person TEXT NOT NULL,
     address TEXT NOT NULL,
     challenge_id TEXT NOT NULL,
     covers TEXT NOT NULL,
     methods TEXT NOT NULL,
     aal INTEGER NOT NULL,
     proved_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     revoked_at_ms INTEGER
   ) STRICT;
   CREATE TABLE person_state (
     person TEXT PRIMARY KEY,
     last_step INTEGER NOT NULL DEFAULT -1,
     locked_until_ms INTEGER NOT NULL DEFAULT 0,
     lockouts INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE proof_failure (person TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
   CREATE INDEX proof_failure_person ON proof_failure (person);
   CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;`,
  `CREATE TABLE carried_tag (
     target TEXT NOT NULL,
     tag TEXT NOT NULL,
     sources TEXT NOT NULL,
     person TEXT NOT NULL,
     since_ms INTEGER NOT NULL,
     PRIMARY KEY (target, tag)
   ) STRICT;`,
] as const;

/**
 * Opens or creates state.db and brings its schema up to date.
 * @param path a file, made with mode 0600; `:memory:` for tests
 * @throws Error when the file was written by a newer stepward, or cannot be opened
 */
export function openStateDb(path: string): StateDb {
  // Created before SQLite does, so that there is no moment in which others can read it; -wal and -shm inherit the mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  // FULL: a power cut must not bring a used code back to life. Writes here are rare.
  db.pragma('synchronous = FULL');
  db.pragma('busy_timeout = 2000');
  try {
    migrate(db, path);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function migrate(db: StateDb, path: string): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    throw new Error(
      `${path} was written by a newer stepward (version ${version}, this one knows ${migrations.length})`,
    );
  }
  const apply = db.transaction((sql: string, next: number) => {
    db.exec(sql);
    db.pragma(`user_version = ${next}`);
  });
  for (const [index, sql] of migrations.entries()) if (index >= version) apply.immediate(sql, index + 1);
}

/** A random value that stays the same over restarts: made at first use, `bytes` long. */
export function persistentSecret(
  db: StateDb,
  name: string,
  bytes: number,
  randomBytes: (size: number) => Buffer,
): Buffer {
  db.prepare('INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, randomBytes(bytes));
  const value: unknown = db.prepare('SELECT value FROM secret WHERE name = ?').pluck().get(name);
  if (!Buffer.isBuffer(value)) throw new Error(`state.db: secret ${name} is not readable`);
  return value;
}
