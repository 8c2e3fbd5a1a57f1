import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frame, i16, i32, text } from '../support/bytes.ts';
import { describeMessages, errorField, openRawSession, query, type RawSession } from '../support/raw-session.ts';
import { eventually, type RunningStepward, startStepward } from '../support/running-stepward.ts';

let stepward: RunningStepward;
let session: RawSession;
beforeAll(async () => {
  stepward = await startStepward({ tags: { pii: ['public.customers.ssn'], vetted: ['function public.twice'] } });
}, 60_000);
afterAll(async () => stepward.stop());
beforeEach(async () => {
  session = await openRawSession({ port: stepward.port, user: 'developer', database: stepward.shop.database });
});
afterEach(() => session.peer.end());

async function oidOf(signature: string): Promise<number> {
  const [row] = await stepward.shop.query(`SELECT '${signature}'::regprocedure::oid::int AS oid`);
  return Number(row?.['oid']);
}

async function call(signature: string, ...args: readonly string[]): Promise<Buffer> {
  const values = args.flatMap((arg) => [i32(Buffer.byteLength(arg)), text(arg)]);
  return frame('F', i32(await oidOf(signature)), i16(0), i16(args.length), ...values, i16(0));
}

const said = async (...parts: readonly Buffer[]): Promise<readonly string[]> =>
  describeMessages(await session.ask(...parts));

const audited = async (signature: string) => {
  const stand = `FunctionCall ${await oidOf(signature)}`;
  return eventually(() => {
    const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text === stand);
    if (row?.kind !== 'decision') return undefined;
    const { verdict, sqlstate, protocol } = row.entry;
    return verdict === 'allow' && row.completion === undefined
      ? undefined
      : { verdict, sqlstate, protocol, outcome: row.completion?.entry.outcome };
  });
};

describe('the function-call message', () => {
  it('calls a built-in that only computes', async () => {
    expect(await said(await call('version()'))).toEqual(['V', 'Z:I']);
    expect(await audited('version()')).toEqual({
      verdict: 'allow',
      sqlstate: undefined,
      protocol: 'functionCall',
      outcome: 'done',
    });
  });

  it('refuses what a SELECT of the function would be refused for, and the session lives on', async () => {
    expect(await said(await call('pg_catalog.lo_creat(int)', '1'))).toEqual(['E:42501', 'Z:I']);
    expect(await audited('pg_catalog.lo_creat(int)')).toMatchObject({ verdict: 'refuse', sqlstate: '42501' });
    expect(await said(await call('query_to_xml(text,boolean,boolean,text)', 'SELECT 1', 't', 'f', ''))).toEqual([
      'E:42501',
      'Z:I',
    ]);
    expect(await said(query('SELECT 1'))).toEqual(['T', 'D', 'C:SELECT 1', 'Z:I']);
  });

  it('fails the transaction that it is refused in', async () => {
    await session.ask(query('BEGIN'));
    expect(await said(await call('pg_catalog.lo_creat(int)', '1'))).toEqual(['E:42501', 'Z:E']);
    expect(await said(query('ROLLBACK'))).toEqual(['C:ROLLBACK', 'Z:I']);
  });

  it('reports an error of the function as PostgreSQL does', async () => {
    await session.ask(query('BEGIN'));
    expect(await said(await call('int4div(int,int)', '1', '0'))).toEqual(['E:22012', 'Z:E']);
    await session.ask(query('ROLLBACK'));
    expect(await audited('int4div(int,int)')).toMatchObject({ verdict: 'allow', outcome: 'error' });
  });

  it('is refused in the words of PostgreSQL for a function that is not there', async () => {
    const [error] = await session.ask(frame('F', i32(4_000_000), i16(0), i16(0), i16(0)));
    expect(error && errorField(error, 'M')).toBe('function with OID 4000000 does not exist');
  });

  it('sets what set_config sets, and names mean what they mean then', async () => {
    const set = 'set_config(text,text,boolean)';
    expect(await said(await call(set, 'search_path', 'pg_catalog', 'f'))).toContain('V');
    const [error] = await session.ask(query('SELECT id FROM customers'));
    expect(error && errorField(error, 'C')).toBe('42P01');
    expect(await said(await call(set, 'search_path', 'public', 'f'))).toContain('V');
    expect(await said(query('SELECT id FROM customers LIMIT 0'))).toEqual(['T', 'C:SELECT 0', 'Z:I']);
  });
});

describe('set_config with bound values', () => {
  let client: Client;
  beforeEach(async () => {
    client = new Client({ ...stepward.client('developer'), ssl: false });
    await client.connect();
  });
  afterEach(async () => client.end());
  const SQL = 'SELECT set_config($1, $2, $3)';

  it('passes for a harmless setting', async () => {
    const result = await client.query(SQL, ['TimeZone', 'Asia/Tokyo', false]);
    expect(result.rows).toEqual([{ set_config: 'Asia/Tokyo' }]);
    expect((await client.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
  });

  it('is refused for one that is guarded, with a row', async () => {
    await expect(client.query(SQL, ['session_replication_role', 'replica', false])).rejects.toMatchObject({
      code: '42501',
    });
    const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text === SQL);
    expect(row?.kind === 'decision' && row.entry).toMatchObject({ verdict: 'refuse', sqlstate: '42501' });
  });

  it('is decided anew for each Bind of one prepared statement', async () => {
    const named = { name: 's', text: SQL };
    await client.query({ ...named, values: ['TimeZone', 'UTC', 'f'] });
    await expect(client.query({ ...named, values: ['standard_conforming_strings', 'off', 'f'] })).rejects.toMatchObject(
      { code: '42501' },
    );
    await client.query({ ...named, values: ['search_path', 'public', 'f'] });
    expect((await client.query('SELECT id FROM customers LIMIT 1')).rowCount).toBe(1);
  });
});

it('refuses a FunctionCall message that is cut short, with a row', async () => {
  const answers = await session.ask(frame('F', i32(1), i16(7)));
  expect(describeMessages(answers)).toEqual(['E:08P01', 'Z:I']);
  const row = stepward.audit().findLast((each) => each.kind === 'decision');
  expect(row?.kind === 'decision' && row.entry).toMatchObject({ verdict: 'refuse', sqlstate: '08P01' });
});
