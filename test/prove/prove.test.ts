import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadParser } from '../../policy/access/parse.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { claimsOf } from './claims.ts';
import { compare } from './compare.ts';
import { generate } from './generate/statement.ts';
import { readTables } from './generate/tables.ts';
import { readServerNames, type ServerNames } from './oracle/server-names.ts';
import { proofSchema } from './schema.ts';
import { shrink } from './shrink.ts';
import { openWorld, type Verdict, type World } from './world.ts';

let database: TestDatabase;
let world: World;
let names: ServerNames;

beforeAll(async () => {
  await loadParser();
  database = await createTestDatabase();
  for (const sql of proofSchema(18)) await database.query(sql);
  world = await openWorld(database, ['public']);
  names = await readServerNames(world.client);
});

afterAll(async () => {
  await world?.close();
  await database?.drop();
});

async function needsOf(sql: string): Promise<Extract<Verdict, { kind: 'compared' }>['needs']> {
  const verdict = await world.judge(sql);
  if (verdict.kind !== 'compared') throw new Error(`${verdict.kind}: ${sql}`);
  return verdict.needs;
}

const NOTHING = claimsOf({ statements: [] });

describe('what PostgreSQL needs', () => {
  it.each([
    ['SELECT name FROM customers WHERE ssn = $1', ['public.customers.name', 'public.customers.ssn']],
    ['SELECT id FROM customer_full', ['public.customer_full.id', 'public.customers.id']],
    ['SELECT id FROM flagged', ['public.customers.id', 'public.flagged.id']],
    ['EXPLAIN SELECT k FROM cte_view', ['public.cte_view.k', 'public.customers.ssn']],
  ])('lists columns, and those behind views that flow: %s', async (sql, reads) => {
    expect([...(await needsOf(sql)).reads].sort()).toEqual(reads);
  });

  it('is nothing where the server does not take the statement', async () => {
    expect(await world.judge('SELECT nothing FROM orders')).toMatchObject({ kind: 'invalid', sqlstate: '42703' });
  });

  it('lists tables without a column, writes and calls', async () => {
    const counted = await needsOf('SELECT count(*), get_ssn(1) FROM orders');
    expect([...counted.rows]).toEqual(['public.orders']);
    expect([...counted.calls]).toContain('public.get_ssn');
    const updated = await needsOf('UPDATE customer_directory SET name = $1 WHERE id = 3');
    expect([...updated.updates].sort()).toEqual(['public.customer_directory.name', 'public.customers.name']);
  });

  it('is missed where facts are silent', async () => {
    const needs = await needsOf('SELECT ssn FROM customers');
    const { missed } = compare(needs, NOTHING, names, () => true);
    expect(missed.map(({ what }) => what)).toEqual(['read public.customers.ssn', 'rows of public.customers']);
  });

  it('is over where facts say more, and explained where the rows are shared', async () => {
    const verdict = await world.judge('SELECT ssn FROM customers');
    if (verdict.kind !== 'compared') throw new Error(verdict.kind);
    const needs = await needsOf('SELECT id FROM customers');
    expect(compare(needs, verdict.claims, names, () => true).over).toEqual([
      { what: 'read public.customers.ssn', kind: 'unexplained' },
      { what: 'read public.vip_customers.ssn', kind: 'unexplained' },
    ]);
    expect(verdict.over).toEqual([{ what: 'read public.vip_customers.ssn', kind: 'relatives' }]);
  });
});

describe('generated statements', () => {
  it('miss nothing, are mostly valid, and are the same for the same seed', { timeout: 60_000 }, async () => {
    const setting = { tables: await readTables(world.client), searchPath: ['public'], version: 18 };
    const statements = Array.from({ length: 150 }, (_, at) => generate(at, setting));
    expect(generate(17, setting)).toBe(statements[17]);
    const verdicts = await Promise.all(statements.map(async (sql) => world.judge(sql)));
    const valid = verdicts.filter(({ kind }) => kind !== 'invalid');
    expect(valid.length).toBeGreaterThan(90);
    expect(verdicts.flatMap((one) => (one.kind === 'compared' ? one.missed : []))).toEqual([]);
  });
});

describe('shrink', () => {
  it('leaves the shortest text that still shows it', async () => {
    const shows = async (sql: string): Promise<boolean> => sql.includes('ssn') && sql.includes('FROM');
    expect(await shrink('SELECT name, ssn FROM customers WHERE (id = 3) ORDER BY 1', shows)).toBe('ssn FROM');
  });
});
