import { randomBytes } from 'node:crypto';
import { Client, type QueryResult } from 'pg';
import { inject } from 'vitest';

/** Where the run's PostgreSQL listens, and its superuser. Started by global-postgres.ts. */
export type PostgresAddress = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
};

export function testPostgres(): PostgresAddress {
  return inject('postgres');
}

export type TestDatabase = PostgresAddress & {
  readonly database: string;
  /** Rows as objects, run as the superuser straight on PostgreSQL. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
};

/**
 * A fresh database on the run's server.
 * @param setupSql run in it as superuser: plain SQL, no psql meta-commands
 */
export async function createTestDatabase(setupSql = ''): Promise<TestDatabase> {
  const server = testPostgres();
  const database = `t_${randomBytes(6).toString('hex')}`;
  await superuserQuery(server, 'postgres', `CREATE DATABASE ${database}`);
  if (setupSql !== '') await superuserQuery(server, database, setupSql);
  return {
    ...server,
    database,
    query: async (sql) => superuserQuery(server, database, sql),
    drop: async () => {
      await superuserQuery(server, 'postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
}

async function superuserQuery(
  server: PostgresAddress,
  database: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ ...server, database });
  await client.connect();
  try {
    const result: QueryResult<Record<string, unknown>> = await client.query(sql);
    return result.rows ?? [];
  } finally {
    await client.end();
  }
}
