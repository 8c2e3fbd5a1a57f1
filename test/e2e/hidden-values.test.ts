import { Client, DatabaseError } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type RunningStepward, startStepward } from '../support/running-stepward.ts';

let stepward: RunningStepward;
let client: Client;
beforeAll(async () => {
  stepward = await startStepward();
}, 60_000);
afterAll(async () => stepward.stop());
beforeEach(async () => {
  client = new Client({ ...stepward.client('developer'), ssl: false });
  await client.connect();
});
afterEach(async () => client.end());

async function failureOf(sql: string): Promise<DatabaseError> {
  try {
    await client.query(sql);
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
  throw new Error(`did not fail: ${sql}`);
}

const completed = async (text: string) =>
  eventually(() => {
    const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text === text);
    return row?.kind === 'decision' && row.completion !== undefined
      ? { verdict: row.entry.verdict, ...row.completion.entry }
      : undefined;
  });

describe('a developer, who may not see card numbers', () => {
  it('updates other columns of customers', async () => {
    const sql = "UPDATE customers SET name = 'Somebody Else' WHERE id = 17";
    expect((await client.query(sql)).rowCount).toBe(1);
    expect(await completed(sql)).toMatchObject({ verdict: 'allow', outcome: 'done', rows: 1 });
  });

  it('sees which constraint failed, and nothing of the row', async () => {
    const sql = 'UPDATE customers SET name = NULL WHERE id = 17';
    const { code, message, detail, table, column } = await failureOf(sql);
    expect({ code, message, table, column }).toEqual({
      code: '23502',
      message: 'null value in column "name" of relation "customers" violates not-null constraint',
      table: 'customers',
      column: 'name',
    });
    expect(detail).toMatch(/^values are hidden by stepward: .* such as public\.customers\./);
    expect(await completed(sql)).toMatchObject({ verdict: 'allow', outcome: 'error', sqlstate: '23502' });
  });

  it('sees whole errors of tables without protected columns', async () => {
    const error = await failureOf("UPDATE orders SET status = 'lost' WHERE id = 1");
    expect(error.detail).toMatch(/^Failing row contains \(1, /);
  });

  it('sees no salary in the row that it failed to change', async () => {
    const error = await failureOf('UPDATE employees SET name = NULL WHERE id = 17');
    expect(error.code).toBe('23502');
    expect(error.detail).toMatch(/^values are hidden .* such as public\.employees\.salary$/);
  });

  it('sees that a value is taken, and not which row has it', async () => {
    const { code, detail, constraint } = await failureOf('UPDATE customers SET id = 18 WHERE id = 17');
    expect({ code, constraint }).toEqual({ code: '23505', constraint: 'customers_pkey' });
    expect(detail).toMatch(/^values are hidden/);
  });

  it('sees what is wrong with the statement itself', async () => {
    const error = await failureOf("UPDATE customers SET name = 'x' WHERE id = 'seventeen'");
    expect(error.message).toBe('invalid input syntax for type integer: "seventeen"');
  });
});

describe('an analyst, who may filter by e-mail addresses but not see them', () => {
  it('sees that a cast failed, and not on which address', async () => {
    const analyst = new Client({ ...stepward.client('analyst'), ssl: false });
    await analyst.connect();
    const sql = 'SELECT count(*) FROM customers WHERE email::int = 1';
    await expect(analyst.query(sql)).rejects.toMatchObject({
      code: '22P02',
      message: 'invalid input syntax for type integer: "…"',
      detail: expect.stringContaining('public.customers.email'),
    });
    await analyst.end();
    expect(await completed(sql)).toMatchObject({ verdict: 'allow', outcome: 'error', sqlstate: '22P02' });
  });
});
