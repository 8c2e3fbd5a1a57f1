import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningStepward, startStepward } from '../support/running-stepward.ts';

/** Everything is permitted but one column, so that what is refused was resolved to it. */
const POLICIES = `@id("all") permit (principal, action, resource);
@id("no-secret") forbid (principal, action == Action::"select", resource in Tag::"secret");
`;
const SETUP = `
CREATE SCHEMA harmless; CREATE SCHEMA guarded;
CREATE TABLE guarded.people (id int, ssn text); INSERT INTO guarded.people VALUES (1, 'canary');
CREATE TABLE harmless.people (id int, ssn text); INSERT INTO harmless.people VALUES (1, 'nothing');
CREATE TABLE harmless.moved (id int, note text);
GRANT ALL ON SCHEMA harmless, guarded, public TO stepward_app;
ALTER TABLE guarded.people OWNER TO stepward_app;
ALTER TABLE harmless.people OWNER TO stepward_app;
ALTER TABLE harmless.moved OWNER TO stepward_app;
`;

let folder: string;
let stepward: RunningStepward;
let client: Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sw-policies-'));
  writeFileSync(join(folder, 'all.cedar'), POLICIES);
  stepward = await startStepward({ policies: folder, tags: { secret: ['guarded.people.ssn'] } });
  await stepward.shop.query(SETUP);
});
afterAll(async () => {
  await stepward?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  client = new Client(stepward.client('dba'));
  await client.connect();
});
afterEach(async () => {
  await client.query('ROLLBACK').catch(() => undefined);
  await client.end();
});

async function refusal(sql: string): Promise<string | undefined> {
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return error.code;
    throw error;
  }
}

describe('a transaction that changes the schema', () => {
  it('may use what it has made, by the simple and the extended protocol', async () => {
    await client.query('BEGIN');
    await client.query('CREATE TABLE harmless.made (id int PRIMARY KEY, note text)');
    await client.query('CREATE INDEX ON harmless.made (note)');
    await client.query('INSERT INTO harmless.made VALUES ($1, $2)', [1, 'one']);
    await client.query('ALTER TABLE harmless.made ADD more int DEFAULT 7');
    expect((await client.query('SELECT * FROM harmless.made')).rows).toEqual([{ id: 1, note: 'one', more: 7 }]);
    await client.query('COMMIT');
    expect((await client.query('SELECT more FROM harmless.made')).rows).toEqual([{ more: 7 }]);
  });

  it('may use what was there before, with parameters', async () => {
    await client.query('BEGIN');
    await client.query('ALTER TABLE harmless.moved ADD extra int');
    await client.query('INSERT INTO harmless.moved (id, note) VALUES ($1, $2)', [1, 'x']);
    await client.query('UPDATE harmless.moved SET extra = $1 WHERE id = $2', [5, 1]);
    const { rows } = await client.query('SELECT extra FROM harmless.moved WHERE id = $1', [1]);
    expect(rows).toEqual([{ extra: 5 }]);
  });

  it('is judged by what names mean after its DDL', async () => {
    await client.query('SET search_path = harmless, guarded');
    expect((await client.query('SELECT ssn FROM people')).rows).toEqual([{ ssn: 'nothing' }]);
    await client.query('BEGIN');
    await client.query('ALTER TABLE harmless.people RENAME TO others');
    expect(await refusal('SELECT ssn FROM people')).toBe('42501');
  });

  it('is judged by what names meant before, once the DDL is rolled back', async () => {
    await client.query('SET search_path = harmless, guarded');
    await client.query('BEGIN; SAVEPOINT before');
    await client.query('ALTER TABLE harmless.people RENAME TO others');
    expect((await client.query('SELECT id FROM people')).rows).toEqual([{ id: 1 }]);
    await client.query('ROLLBACK TO before');
    expect((await client.query('SELECT ssn FROM people')).rows).toEqual([{ ssn: 'nothing' }]);
    await client.query('ROLLBACK');
    expect((await client.query('SELECT ssn FROM people')).rows).toEqual([{ ssn: 'nothing' }]);
  });

  it('does not judge a prepared statement by what it meant before', async () => {
    await client.query('SET search_path = harmless, guarded');
    await client.query('PREPARE look AS SELECT ssn FROM people');
    await client.query('BEGIN');
    await client.query('ALTER TABLE harmless.people RENAME TO others');
    expect(await refusal('EXECUTE look')).toBe('42501');
  });

  it('keeps its tables for itself until it commits', async () => {
    const other = new Client(stepward.client('dba'));
    await other.connect();
    await client.query('BEGIN');
    await client.query('CREATE TABLE harmless.mine (id int)');
    await client.query('SELECT * FROM harmless.mine');
    await expect(other.query('SELECT * FROM harmless.mine')).rejects.toThrow('does not exist');
    await client.query('ROLLBACK');
    expect(await refusal('SELECT * FROM harmless.mine')).toBe('42P01');
    await other.end();
  });

  it('notices nothing of the look: settings, cursors, prepared statements and savepoints stay', async () => {
    await client.query('SET search_path = harmless; SET statement_timeout = 12345');
    await client.query({ name: 'kept', text: 'SELECT 42 AS n' });
    await client.query('BEGIN');
    await client.query('DECLARE c CURSOR FOR SELECT generate_series(1, 3) AS n');
    await client.query('SAVEPOINT mine');
    await client.query('CREATE TABLE harmless.gone (id int)');
    await client.query('SELECT * FROM harmless.gone');
    expect((await client.query('FETCH 2 FROM c')).rows).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: 'harmless' }]);
    expect((await client.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '12345ms' }]);
    expect((await client.query({ name: 'kept', text: 'SELECT 42 AS n' })).rows).toEqual([{ n: 42 }]);
    await client.query('ROLLBACK TO mine');
    expect(await refusal('SELECT * FROM harmless.gone')).toBe('42P01');
  });

  it('goes on in a failed transaction as PostgreSQL does', async () => {
    await client.query('BEGIN');
    await client.query('CREATE TABLE harmless.failing (id int)');
    expect(await refusal('SELECT 1/0')).toBe('22012');
    expect(await refusal('SELECT * FROM harmless.failing')).toBe('25P02');
    await client.query('ROLLBACK');
  });

  it('refuses what names tables under an isolation that hides what others commit', async () => {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await client.query('CREATE TABLE harmless.strict (id int)');
    expect(await refusal('SELECT id FROM harmless.moved')).toBe('0A000');
  });
});
