import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAuditReader } from '../../../proxy/audit/read.ts';
import type { Head } from '../../../proxy/audit/chain.ts';
import { completion, decision, event } from './entries.ts';
import { TempStores } from './temp-store.ts';

describe('audit verify', () => {
  let temp: TempStores;
  let head: Head;

  /** Rows: 1 event, 2 decision, 3 its completion, 4 decision, 5 its completion, 6 event, 7 decision (another text). */
  beforeEach(async () => {
    temp = new TempStores();
    const store = temp.open();
    await store.append(event());
    for (const id of [2, 4]) {
      await store.append(decision());
      await store.append(completion(id));
    }
    await store.append(event({ type: 'login.accepted', subject: { principal: 'dba' } }));
    await store.append(decision({ text: 'select ssn from customers where id = 7' }));
    head = store.head();
    store.close();
  });
  afterEach(() => temp.remove());

  function verify(anchor?: Head) {
    const reader = openAuditReader(temp.path());
    const result = reader.verify(anchor);
    reader.close();
    return result;
  }

  function tamper(sql: string): void {
    const db = new SQLite(temp.path());
    db.pragma('foreign_keys = OFF');
    db.exec(sql);
    db.close();
  }

  it('finds an untouched store intact and names its head', () => {
    expect(verify()).toEqual({ kind: 'intact', rows: 7, head });
    expect(verify(head)).toMatchObject({ kind: 'intact' });
  });

  it.each([
    ['a changed verdict', "UPDATE decision SET verdict = 'refuse' WHERE id = 4", 4],
    ['a changed time', 'UPDATE decision SET at = at + 1 WHERE id = 2', 2],
    ['a changed age of the proof', 'UPDATE decision SET assurance_age = 0 WHERE id = 2', 2],
    ['a changed number of rows', 'UPDATE completion SET rows = 0 WHERE decision = 4', 5],
    ['a completion moved to another decision', 'UPDATE completion SET decision = 7 WHERE decision = 4', 5],
    ['a changed event', `UPDATE event SET data = '{"version":"x"}' WHERE id = 1`, 1],
    ['an event given to another person', 'UPDATE event SET subject = 1 WHERE id = 6', 6],
    ['a text exchanged for another stored one', 'UPDATE decision SET statement_text = 1 WHERE id = 7', 7],
    ['a changed text', "UPDATE statement_text SET body = 'select 1' WHERE id = 2", 7],
    ['a changed subject', "UPDATE subject SET body = replace(body, 'developer', 'somebody') WHERE id = 1", 2],
    ['a body that is gone', 'DELETE FROM facts WHERE id = 1', 2],
    ['a decision that is gone', 'DELETE FROM decision WHERE id = 4', 4],
    ['a completion that is gone', 'DELETE FROM completion WHERE decision = 2', 3],
    ['an event that is gone', 'DELETE FROM event WHERE id = 1', 1],
    ['the end that is gone', 'DELETE FROM decision WHERE id = 7', 7],
    ['a row put in between', 'INSERT INTO event SELECT 8, at, type, subject, data, hash FROM event WHERE id = 6', 8],
    ['another store id', "UPDATE store SET uid = 'other'", 1],
  ])('finds %s', (_, sql, row) => {
    tamper(sql);
    expect(verify()).toMatchObject({ kind: 'broken', id: row });
  });

  it('says which rows are missing', () => {
    tamper('DELETE FROM decision WHERE id = 4; DELETE FROM completion WHERE decision = 4');
    expect(verify()).toEqual({ kind: 'broken', id: 4, problem: 'rows 4 to 5 are missing', intactRows: 3 });
  });

  it('notices with an anchor that the end was cut off and the head row moved back, which cannot be seen without', () => {
    tamper('DELETE FROM decision WHERE id = 7; UPDATE head SET id = 6, hash = (SELECT hash FROM event WHERE id = 6)');
    expect(verify()).toMatchObject({ kind: 'intact', rows: 6 });
    expect(verify(head)).toMatchObject({
      kind: 'broken',
      id: 7,
      problem: expect.stringContaining('the end is missing'),
    });
  });

  it('notices with an anchor that the store was written anew', async () => {
    const anchor = { id: 3, hash: '00'.repeat(32) };
    expect(verify(anchor)).toMatchObject({ kind: 'broken', id: 3, problem: 'it is not the row of the anchor' });
  });
});
