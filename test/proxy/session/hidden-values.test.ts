import { once } from 'node:events';
import { Client, DatabaseError } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import * as m from './messages.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { connectRawClient } from './raw-client.ts';
import { HIDDEN } from './rule-gate.ts';

/** The rule gate hides the rows of texts with the word `secret`. */
const CANARY = 'canary-4242';

let db: TestDatabase;
let proxy: TestProxy;
let client: Client;

beforeAll(async () => {
  db = await createTestDatabase(`
    CREATE TABLE secret (a int PRIMARY KEY, ssn text UNIQUE DEFERRABLE, name text NOT NULL);
    CREATE TABLE open (a int PRIMARY KEY, name text NOT NULL);
    INSERT INTO secret VALUES (1, '${CANARY}', 'x'), (2, 'other', 'y');
    INSERT INTO open VALUES (1, '${CANARY}');
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE NOTICE 'it was %', OLD.ssn; RETURN OLD; END $$;
    CREATE TRIGGER tell BEFORE DELETE ON secret FOR EACH ROW EXECUTE FUNCTION tell()`);
});
afterAll(async () => db.drop());
beforeEach(async () => {
  proxy = await startTestProxy(db);
  client = new Client({ ...proxy, ssl: false });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await proxy.close();
  if (proxy.incidents.length > 0) throw new AggregateError(proxy.incidents, 'incidents');
});

async function failureOf(sql: string, values?: readonly unknown[]): Promise<DatabaseError> {
  try {
    await client.query(sql, values === undefined ? undefined : [...values]);
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
  throw new Error(`did not fail: ${sql}`);
}

const NOT_NULL = 'null value in column "name" of relation "secret" violates not-null constraint';

it('hides the row that a constraint prints, by the simple and the extended protocol', async () => {
  for (const values of [undefined, [1]]) {
    const where = values === undefined ? 'a = 1' : 'a = $1';
    const error = await failureOf(`UPDATE secret SET name = NULL WHERE ${where}`, values);
    expect(error).toMatchObject({ code: '23502', message: NOT_NULL, detail: HIDDEN, table: 'secret', column: 'name' });
  }
  expect([...proxy.gate.completions.values()]).toMatchObject([
    { outcome: 'error', sqlstate: '23502' },
    { outcome: 'error', sqlstate: '23502' },
  ]);
});

it('leaves errors of other statements as they are', async () => {
  const error = await failureOf('UPDATE open SET name = NULL');
  expect(error.detail).toBe(`Failing row contains (1, null).`);
  await failureOf('SELECT 1 / 0');
  expect((await failureOf(`SELECT '${CANARY}'::int`)).message).toContain(CANARY);
});

it('hides what a deferred constraint says at COMMIT, and no longer behind it', async () => {
  await client.query('BEGIN');
  await client.query('SET CONSTRAINTS ALL DEFERRED');
  await client.query(`UPDATE secret SET ssn = '${CANARY}' WHERE a = 2`);
  const error = await failureOf('COMMIT');
  expect(error).toMatchObject({ code: '23505', detail: HIDDEN, constraint: 'secret_ssn_key' });
  expect((await failureOf('UPDATE open SET name = NULL')).detail).toContain('Failing row');
});

it('hides what a deferred constraint says at the Sync of an extended batch', async () => {
  const raw = await connectRawClient(proxy.port);
  raw.send(m.run('SET CONSTRAINTS ALL DEFERRED'), m.run(`UPDATE secret SET ssn = '${CANARY}' WHERE a = 2`), m.sync);
  const error = await errorOf(raw);
  expect(error).toContain(HIDDEN);
  expect(error).not.toContain(CANARY);
  raw.send(m.terminate);
  await raw.readToEnd();
});

async function errorOf(raw: Awaited<ReturnType<typeof connectRawClient>>): Promise<string> {
  for (;;) {
    const message = await raw.readMessage();
    if (message[0] === 0x45) return message.toString('utf8');
  }
}

it('hides what a trigger says in a notice', async () => {
  await client.query('BEGIN');
  const [[notice]] = await Promise.all([once(client, 'notice'), client.query('DELETE FROM secret WHERE a = 1')]);
  expect(notice).toMatchObject({ message: 'a message of a function is hidden', detail: HIDDEN });
  await client.query('ROLLBACK');
});
