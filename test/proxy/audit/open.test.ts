import { writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCHEMA_VERSION } from '../../../proxy/audit/migrations.ts';
import { AuditOpenError } from '../../../proxy/audit/open-error.ts';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import { decision } from './entries.ts';
import { TempStores } from './temp-store.ts';

function reasonOf(open: () => unknown): string {
  try {
    open();
    return 'opened';
  } catch (error) {
    return error instanceof AuditOpenError ? `${error.reason}: ${error.message}` : String(error);
  }
}

describe('opening an audit store', () => {
  let temp: TempStores;
  beforeEach(() => {
    temp = new TempStores();
  });
  afterEach(() => temp.remove());

  it('refuses a second writer with a clear error, and lets one in after the first has closed', () => {
    const first = temp.open();
    expect(reasonOf(() => temp.open())).toMatch(/^locked: another stepward is writing .*audit\.db/);
    first.close();
    expect(reasonOf(() => temp.open())).toBe('opened');
  });

  it('refuses a file of a newer version, for writing and for reading', () => {
    temp.open().close();
    const db = new SQLite(temp.path());
    db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(reasonOf(() => temp.open())).toMatch(/^newer: .* written by a newer stepward \(schema 2; .* up to 1\)/);
    expect(reasonOf(() => openAuditReader(temp.path()))).toMatch(/^newer: /);
  });

  it("refuses another program's SQLite file, and leaves it as it is", () => {
    const db = new SQLite(temp.path());
    db.exec('CREATE TABLE bookmarks (url TEXT)');
    db.close();
    expect(reasonOf(() => temp.open())).toMatch(/^foreign: /);
    const again = new SQLite(temp.path(), { readonly: true });
    expect(again.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['bookmarks']);
    again.close();
  });

  it('refuses a file that is no SQLite file', () => {
    writeFileSync(temp.path(), 'not a database, but long enough to be taken for one'.repeat(20));
    expect(reasonOf(() => temp.open())).toMatch(/^io: cannot open the audit store .*not a database/);
  });

  it('tells a reader where there is no store yet', () => {
    expect(reasonOf(() => openAuditReader(temp.path()))).toMatch(/^missing: there is no audit store at /);
  });

  it('can be read while it is written, and after the writer has gone', async () => {
    const store = temp.open();
    const reader = openAuditReader(store.path);
    await store.append(decision());
    expect(reader.head().id).toBe(1);
    reader.close();
    store.close();
    const later = openAuditReader(store.path);
    expect(later.last({}, 5)).toHaveLength(1);
    later.close();
  });
});
