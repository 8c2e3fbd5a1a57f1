import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyUnreadable } from '../../../../policy/access/versions/supported-versions.ts';
import type { QueryFn } from '../../../../policy/catalog/catalog.ts';
import { loadCatalog } from '../../../../policy/catalog/load.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';
import { connectQuery } from '../../../support/query-fn.ts';

describe('the servers that stepward can stand before', () => {
  it.each([150_000, 150_018, 160_014, 170_010, 180_004])('%i is one', (version) => {
    expect(whyUnreadable({ version, encoding: 'UTF8' })).toBeUndefined();
  });

  it.each([90_624, 140_023, 190_000])('%i is none, and the reason says which are', (version) => {
    expect(whyUnreadable({ version, encoding: 'UTF8' })).toContain('PostgreSQL 15 to 18');
  });

  it('refuses databases in which names end and fold at other characters', () => {
    expect(whyUnreadable({ version: 180_004, encoding: 'LATIN1' })).toContain('encoding LATIN1');
  });
});

describe('loading the catalog', () => {
  let database: TestDatabase;
  const latin = `latin_${process.pid}`;

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`CREATE DATABASE ${latin} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
  });

  afterAll(async () => {
    await database?.query(`DROP DATABASE ${latin} WITH (FORCE)`);
    await database?.drop();
  });

  it('ends at once, with the reason, before a server of another version', async () => {
    const asked: string[] = [];
    const query: QueryFn = async (sql) => {
      asked.push(sql);
      return [['190000', 'UTF8']];
    };
    await expect(loadCatalog(query, 1)).rejects.toThrow('PostgreSQL 19 is not supported');
    expect(asked).toHaveLength(1);
  });

  it('ends before a database in another encoding', async () => {
    const connected = await connectQuery({ ...database, database: latin });
    await expect(loadCatalog(connected.query, 1)).rejects.toThrow('encoding LATIN1 is not supported');
    await connected.end();
  });
});
