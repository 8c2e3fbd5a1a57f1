import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import * as m from './messages.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { connectRawClient, type RawClient } from './raw-client.ts';

let db: TestDatabase;
let proxy: TestProxy;
let client: RawClient;

beforeAll(async () => {
  db = await createTestDatabase(`
    CREATE SCHEMA finance;
    CREATE TABLE t (a int PRIMARY KEY);
    CREATE FUNCTION run_code() RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM set_config('search_path', 'finance', false);
      CREATE TEMP TABLE shadow (a int);
      RETURN 1;
    END $$`);
});
afterAll(async () => db.drop());
beforeEach(async () => {
  proxy = await startTestProxy(db);
  client = await connectRawClient(proxy.port);
});
afterEach(async () => {
  client.send(m.terminate);
  await client.readToEnd();
  await proxy.close();
  if (proxy.incidents.length > 0) throw new AggregateError(proxy.incidents, 'incidents');
});

const lastRequest = () => proxy.gate.requests.at(-1);
const verdicts = () => proxy.gate.rows.map((row) => row.verdict);

it('judges the old text where a pipelined Parse of the same name fails as a duplicate', async () => {
  await client.ask([m.parse('s', "SELECT 'forbidden'"), m.sync]);
  const answers = await client.ask([m.parse('s', 'SELECT 1'), m.sync, m.bind('', 's'), m.execute(''), m.sync], 2);
  expect(answers).toEqual(['E:42P05', 'Z:I', 'E:42501', 'Z:I']);
  expect(verdicts()).toEqual(['refuse']);
});

it('judges what upstream knows under a name, of which only 63 bytes count', async () => {
  const name = 'n'.repeat(63);
  await client.ask([m.parse(`${name}x`, 'SELECT 1'), m.sync]);
  await client.ask([m.closeStatement(`${name}y`), m.parse(`${name}z`, "SELECT 'forbidden'"), m.sync]);
  expect(await client.ask([m.bind('', `${name}x`), m.execute(''), m.sync])).toEqual(['E:42501', 'Z:I']);
});

it('judges at SQL EXECUTE what protocol Parse prepared', async () => {
  await client.ask([m.parse('s', "SELECT 'forbidden'"), m.sync]);
  expect(await client.ask([m.query('EXECUTE s')])).toEqual(['E:42501', 'Z:I']);
});

it('knows a statement that PREPARE made earlier in the same batch', async () => {
  const answers = await client.ask([m.run('PREPARE q AS SELECT 7'), m.bind('', 'q'), m.execute(''), m.sync]);
  expect(answers).toEqual(['1', '2', 'C:PREPARE', '2', 'D:7', 'C:SELECT 1', 'Z:I']);
  expect(lastRequest()?.text).toBe('SELECT 7');
});

it.each([
  ['a failing Query', [m.query('SET search_path TO finance; SELECT 1/0')]],
  ['a failing batch', [m.run('SET search_path TO finance'), m.run('SELECT 1/0'), m.sync]],
])('forgets the search_path that %s has set', async (_name, messages) => {
  await client.ask(messages);
  await client.ask([m.query('SELECT 1')]);
  expect(lastRequest()?.namespace.searchPath).toEqual(['postgres', 'public']);
});

it('follows search_path through SET LOCAL, savepoints and a COMMIT that rolls back', async () => {
  const pathAfter = async (sql: string): Promise<string | undefined> => {
    await client.ask([m.query(sql)]);
    await client.ask([m.query('SELECT 1')]);
    return lastRequest()?.namespace.searchPath.join();
  };
  expect(await pathAfter('BEGIN')).toBe('postgres,public');
  expect(await pathAfter('SET LOCAL search_path TO finance')).toBe('finance');
  await client.ask([m.query('SAVEPOINT a')]);
  expect(await pathAfter('SET search_path TO "A b", public')).toBe('A b,public');
  expect(await pathAfter('ROLLBACK TO a')).toBe('finance');
  expect(await pathAfter('COMMIT')).toBe('postgres,public');
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.query('SET search_path TO finance')]);
  await client.ask([m.query('SELECT 1/0')]);
  expect(await pathAfter('COMMIT')).toBe('postgres,public');
});

it('judges the second statement of a batch under the search_path that the first sets', async () => {
  await client.ask([m.run('SET search_path TO finance'), m.run('SELECT 1'), m.sync]);
  expect(lastRequest()?.namespace.searchPath).toEqual(['finance']);
});

it('refuses a statement behind a ROLLBACK that undoes a search_path', async () => {
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.query('SET search_path TO finance')]);
  expect(await client.ask([m.query('ROLLBACK; SELECT 1')])).toEqual(['E:0A000', 'Z:E']);
});

it('asks upstream what names mean after code has run, in a batch too', async () => {
  await client.ask([m.run('SELECT run_code()'), m.run('SELECT 1'), m.sync]);
  expect(lastRequest()?.namespace.searchPath).toEqual(['finance']);
  expect(lastRequest()?.namespace.tempRelations).toMatchObject([{ name: 'shadow', sources: [{ action: 'opaque' }] }]);
});

it('forgets a temporary table that COMMIT has dropped', async () => {
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.query('CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS a')]);
  expect(await client.ask([m.query('SELECT 1')])).toContain('Z:T');
  expect(lastRequest()?.namespace.tempRelations).toHaveLength(1);
  await client.ask([m.query('COMMIT')]);
  await client.ask([m.query('SELECT 1')]);
  expect(lastRequest()?.namespace.tempRelations).toEqual([]);
});

it('keeps a Bind to the facts that it was bound with', async () => {
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.parse('', 'SELECT 1'), m.bind('p', ''), m.sync]);
  await client.ask([m.query('SET search_path TO finance')]);
  await client.ask([m.execute('p'), m.sync]);
  expect(lastRequest()?.namespace.searchPath).toEqual(['postgres', 'public']);
  expect(lastRequest()?.boundFacts).toBeDefined();
});

it('refuses Execute of a portal whose grant has ended since Bind', async () => {
  proxy.gate.isConfirmed = true;
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.parse('', 'SELECT 1 AS sensitive'), m.bind('p', ''), m.sync]);
  proxy.gate.isConfirmed = false;
  client.send(m.execute('p'), m.sync);
  await client.readUntil('N');
  proxy.gate.holds[0]?.settle({ kind: 'expired' });
  expect(await client.readUntil('Z')).toEqual(['E:57014', 'Z:E']);
});

it('undoes what ran before a refusal in the same batch', async () => {
  const answers = await client.ask([
    m.run('INSERT INTO t VALUES (1)'),
    m.run('SELECT 1 AS forbidden'),
    m.run('SELECT 2'),
    m.sync,
  ]);
  expect(answers).toEqual(['1', '2', 'C:INSERT 0 1', '1', 'E:42501', 'Z:I']);
  expect(await db.query('SELECT * FROM t')).toEqual([]);
  expect(await client.ask([m.run('SELECT 3'), m.sync])).toEqual(['1', '2', 'D:3', 'C:SELECT 1', 'Z:I']);
});

it('answers a refusal at once, without waiting for Sync', async () => {
  client.send(m.run('SELECT 1'), m.parse('', 'SELECT 1 AS forbidden'), m.bind('', ''));
  expect(await client.readUntil('E')).toEqual(['1', '2', 'D:1', 'C:SELECT 1', '1', 'E:42501']);
  expect(await client.ask([m.run('SELECT 2'), m.sync])).toEqual(['Z:I']);
});

it('reports analysis refusals at Parse and asks no policy', async () => {
  expect(await client.ask([m.parse('s', 'unparsable'), m.bind('', 's'), m.sync])).toEqual(['E:42601', 'Z:I']);
  expect(proxy.gate.requests).toEqual([]);
});

it('reads the catalog again before it judges the statement behind committed DDL', async () => {
  await client.ask([m.query('BEGIN')]);
  await client.ask([m.query('CREATE TABLE made (a int)')]);
  await client.ask([m.query('SELECT 1')]);
  expect(lastRequest()?.transaction).toEqual({ status: 'T', hasWritten: true, hasUncommittedDdl: true });
  expect(proxy.gate.catalogReads).toBe(0);
  await client.ask([m.query('COMMIT')]);
  proxy.gate.beforeVerdict = async () => expect(proxy.gate.catalogReads).toBe(1);
  await client.ask([m.query('SELECT 1')]);
  expect(lastRequest()?.transaction).toEqual({ status: 'I', hasWritten: false, hasUncommittedDdl: false });
});

it('tells the gate of writes in the implicit transaction of a batch', async () => {
  await client.ask([m.run('INSERT INTO t VALUES (10)'), m.run('SELECT 1'), m.sync]);
  expect(lastRequest()?.transaction.hasWritten).toBe(true);
  await client.ask([m.run('SELECT 1'), m.sync]);
  expect(lastRequest()?.transaction.hasWritten).toBe(false);
});

it('has FunctionCall judged', async () => {
  proxy.gate.beforeVerdict = async (request) => expect(request.protocol).toBe('functionCall');
  const answers = await client.ask([Buffer.from('460000000e00000ce10000000000000000', 'hex').subarray(0, 15)]);
  expect(answers.at(-1)).toBe('Z:I');
  expect(lastRequest()?.text).toMatch(/^FunctionCall/);
});
