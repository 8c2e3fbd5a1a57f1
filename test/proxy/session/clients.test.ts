import { once } from 'node:events';
import { Client } from 'pg';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { DENIED } from './rule-gate.ts';

let db: TestDatabase;
let proxy: TestProxy;

beforeAll(async () => {
  db = await createTestDatabase(`
    CREATE TABLE t (a int PRIMARY KEY, b text);
    INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 1000) n`);
});
afterAll(async () => db.drop());
beforeEach(async () => {
  proxy = await startTestProxy(db);
});
afterEach(async () => {
  await proxy.close();
  if (proxy.incidents.length > 0) throw new AggregateError(proxy.incidents, 'incidents');
});

async function withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...proxy, ssl: false });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

describe('pg', () => {
  it('runs simple queries and records their rows', async () => {
    await withClient(async (client) => {
      expect((await client.query('SELECT a FROM t WHERE a <= 3')).rowCount).toBe(3);
      expect((await client.query("UPDATE t SET b = 'x' WHERE a <= 2")).rowCount).toBe(2);
    });
    expect(proxy.gate.rows.map((row) => row.verdict)).toEqual(['forward', 'forward']);
    expect([...proxy.gate.completions.values()]).toMatchObject([
      { outcome: 'done', rows: 3 },
      { outcome: 'done', rows: 2 },
    ]);
  });

  it('writes one row for each execution of a prepared statement, and one for a refused one', async () => {
    await withClient(async (client) => {
      for (const value of [1, 2, 3]) {
        const result = await client.query({ name: 's', text: 'SELECT b FROM t WHERE a = $1', values: [value] });
        expect(result.rowCount).toBe(1);
      }
      await expect(client.query('SELECT $1 AS forbidden', ['x'])).rejects.toMatchObject({
        code: '42501',
        message: DENIED,
      });
      expect((await client.query('SELECT $1::int AS n', [4])).rows).toEqual([{ n: 4 }]);
    });
    expect(proxy.gate.rows.map((row) => row.verdict)).toEqual(['forward', 'forward', 'forward', 'refuse', 'forward']);
  });

  it('fails the open transaction upstream when a statement in it is refused', async () => {
    await withClient(async (client) => {
      await client.query('BEGIN');
      await client.query("INSERT INTO t VALUES (5000, 'undone')");
      await expect(client.query('SELECT forbidden')).rejects.toMatchObject({ code: '42501', message: DENIED });
      await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('COMMIT');
    });
    expect(await db.query('SELECT 1 FROM t WHERE a = 5000')).toEqual([]);
  });

  it('holds an Execute and forwards it once confirmed', async () => {
    await withClient(async (client) => {
      const noticed = once(client, 'notice');
      const query = client.query('SELECT $1::text AS sensitive', ['yes']);
      await noticed;
      proxy.gate.isConfirmed = true;
      proxy.gate.holds[0]?.settle({ kind: 'confirmed', grantId: 'g1' });
      expect((await query).rows).toEqual([{ sensitive: 'yes' }]);
    });
    expect(proxy.gate.rows.map((row) => row.verdict)).toEqual(['hold', 'forward']);
  });

  it('withdraws the hold of a client that goes away', async () => {
    const client = new Client({ ...proxy, ssl: false });
    client.on('error', () => {});
    await client.connect();
    const noticed = once(client, 'notice');
    const query = client.query('SELECT 1 AS sensitive').catch(() => 'failed');
    await noticed;
    await client.end();
    await query;
    expect(await proxy.ends[0]).toMatchObject({ kind: 'clientGone' });
    expect(proxy.gate.holds[0]?.withdrawnBy[0]).toBe('disconnect');
  });

  it('tells the client 57P01 when the session is killed while idle', async () => {
    const client = new Client({ ...proxy, ssl: false });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await client.connect();
    expect(proxy.registry.kill('s1')).toBe(true);
    await ended;
    expect(errors[0]).toMatchObject({ code: '57P01' });
    expect(await proxy.ends[0]).toMatchObject({ kind: 'killed' });
  });
});

describe('postgres', () => {
  it('pipelines with an error and a refusal in the middle', async () => {
    const sql = postgres({ ...proxy, max: 1, onnotice: () => {} });
    try {
      const results = await Promise.allSettled([
        sql`SELECT ${1}::int AS n`,
        sql`SELECT 1 / ${0}::int AS n`,
        sql`SELECT ${2}::int AS forbidden`,
        sql`SELECT ${3}::int AS n`,
      ]);
      expect(
        results.map((result) => (result.status === 'fulfilled' ? result.value[0]?.['n'] : result.reason.code)),
      ).toEqual([1, '22012', '42501', 3]);
    } finally {
      await sql.end();
    }
  });

  it('runs transactions, cursors, COPY both ways and LISTEN', async () => {
    const sql = postgres({ ...proxy, max: 2, onnotice: () => {} });
    try {
      await sql.begin(async (tx) => {
        await tx`INSERT INTO t VALUES (2000, 'in a transaction')`;
      });
      let rows = 0;
      await sql`SELECT * FROM t WHERE a <= 1000`.cursor(100, (chunk) => {
        rows += chunk.length;
      });
      expect(rows).toBe(1000);
      const writable = await sql`COPY t FROM STDIN`.writable();
      writable.end('3000\tcopied\n');
      await once(writable, 'finish');
      const readable = await sql`COPY (SELECT a FROM t WHERE a >= 2000 ORDER BY a) TO STDOUT`.readable();
      const chunks: string[] = [];
      for await (const chunk of readable) chunks.push(String(chunk));
      expect(chunks.join('')).toBe('2000\n3000\n');
      const notified = Promise.withResolvers<string>();
      const listener = await sql.listen('news', notified.resolve);
      await sql.notify('news', 'hello');
      expect(await notified.promise).toBe('hello');
      await listener.unlisten();
    } finally {
      await sql.end();
    }
  });
});
