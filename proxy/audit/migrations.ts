import type { Database } from 'better-sqlite3';
import { AuditOpenError } from './open-error.ts';

/** Marks the file as ours ("SWRD"), so that another program's SQLite file is never written into. */
const APPLICATION_ID = 0x53575244;

/**
 * Distinct bodies are stored once, under the SHA-256 of the body; rows point to them. The three row tables are narrow,
 * without secondary indexes: an index costs as much as the row. Their ids come from one sequence, and `hash` is one chain
 * through all three in the order of the ids: see chain.ts. `head` repeats the chain's end.
 */
const VERSION_1 = `
CREATE TABLE subject (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE statement_text (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE facts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE grounds (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE context (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;

CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  statement_text INTEGER NOT NULL,
  facts INTEGER,
  grounds INTEGER NOT NULL,
  context INTEGER NOT NULL,
  context_now INTEGER NOT NULL,
  assurance_age INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  verdict TEXT NOT NULL,
  catalog_version INTEGER NOT NULL,
  second_reader TEXT,
  challenge TEXT,
  grants TEXT,
  sqlstate TEXT,
  message TEXT,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE completion (
  decision INTEGER PRIMARY KEY REFERENCES decision (id),
  id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  rows INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  sqlstate TEXT,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  subject INTEGER,
  data TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), uid TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), id INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
`;

const MIGRATIONS: readonly string[] = [VERSION_1];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings a file to the schema that this version knows, in one transaction.
 * @throws AuditOpenError where the file is newer, or is not an audit store
 */
export function migrate(db: Database): void {
  const version = checkVersion(db);
  if (version === SCHEMA_VERSION) return;
  db.transaction(() => {
    for (const sql of MIGRATIONS.slice(version)) db.exec(sql);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

/**
 * @returns the schema version of the file, 0 for an empty one
 * @throws AuditOpenError where this version must not touch it
 */
export function checkVersion(db: Database): number {
  const version = Number(db.pragma('user_version', { simple: true }));
  const isOurs = Number(db.pragma('application_id', { simple: true })) === APPLICATION_ID;
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get();
  if (!isOurs && (version !== 0 || tables?.n !== 0)) {
    throw new AuditOpenError('foreign', `${db.name} is a SQLite file, but not an audit store of stepward`);
  }
  if (version > SCHEMA_VERSION) {
    throw new AuditOpenError(
      'newer',
      `${db.name} was written by a newer stepward (schema ${version}; this one knows up to ${SCHEMA_VERSION})`,
    );
  }
  return version;
}
