import { expect, it } from 'vitest';
import { createTestDatabase } from './postgres.ts';

it('gives a fresh database of a real PostgreSQL', async () => {
  const database = await createTestDatabase('CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)');
  try {
    expect(await database.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 2 }]);
  } finally {
    await database.drop();
  }
});
