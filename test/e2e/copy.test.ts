import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cstr, frame, hex, i16, i32, text } from '../support/bytes.ts';
import { describeMessages, openRawSession, query, type RawSession } from '../support/raw-session.ts';
import { eventually, type RunningStepward, startStepward } from '../support/running-stepward.ts';

let stepward: RunningStepward;
let session: RawSession;
beforeAll(async () => {
  stepward = await startStepward();
});
afterAll(async () => stepward.stop());
beforeEach(async () => {
  session = await login('developer');
});
afterEach(async () => {
  // Whatever happened, the session is in step with its client.
  const answer = (await said(query('select 7'))).join(' ');
  if (answer !== 'T D C:SELECT 1 Z:I') throw new Error(`out of step: ${answer}`);
  session.peer.end();
});

const login = async (user: string): Promise<RawSession> =>
  openRawSession({ port: stepward.port, user, database: stepward.shop.database });
const said = async (...parts: readonly Buffer[]): Promise<readonly string[]> =>
  describeMessages(await session.ask(...parts));

const data = (line: string): Buffer => frame('d', text(line));
const done = frame('c');
const fail = (reason: string): Buffer => frame('f', cstr(reason));
const sync = frame('S');
const parse = (sql: string, name = ''): Buffer => frame('P', cstr(name), cstr(sql), i16(0));
const bind = (name = ''): Buffer => frame('B', cstr(''), cstr(name), i16(0), i16(0), i16(0));
const execute = frame('E', cstr(''), i32(0));

const COPY_IN = 'copy products (id, sku, name, price) from stdin';
const product = (id: number): Buffer => data(`${id}\tCOPY-${id}\tcopied\t1.50\n`);
const copied = async (): Promise<number> => {
  const rows = await stepward.shop.query("SELECT count(*)::int AS n FROM products WHERE sku LIKE 'COPY-%'");
  return Number(rows[0]?.['n']);
};
/** The latest decision on a text, with how it ended. */
const audited = (part: string) => {
  const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text.includes(part));
  if (row?.kind !== 'decision') throw new Error(`nothing is audited of ${part}`);
  const { verdict, sqlstate } = row.entry;
  return { verdict, sqlstate, outcome: row.completion?.entry.outcome, rows: row.completion?.entry.rows };
};
/** The same once it has ended: that is written after the client was answered. */
const completed = async (part: string) =>
  eventually(() => (audited(part).outcome === undefined ? undefined : audited(part)));

describe('COPY FROM STDIN', () => {
  afterEach(async () => {
    await stepward.shop.query("DELETE FROM products WHERE sku LIKE 'COPY-%'");
  });

  it('takes data, in a Query and pipelined behind it', async () => {
    expect(await said(query(COPY_IN), product(1001), product(1002), done)).toEqual(['G', 'C:COPY 2', 'Z:I']);
    expect(await copied()).toBe(2);
    expect(await completed(COPY_IN)).toMatchObject({ verdict: 'allow', outcome: 'done', rows: 2 });
  });

  it('takes data in frames that are cut anywhere', async () => {
    session.peer.send(query(COPY_IN));
    await session.readUntil('G');
    const bytes = Buffer.concat([data('1003\tCOPY-1003\tco'), data('pied\t1.5'), data('0\n'), done]);
    for (const byte of bytes) session.peer.send(Buffer.of(byte));
    expect(describeMessages(await session.readUntil('Z'))).toEqual(['C:COPY 1', 'Z:I']);
  });

  it('keeps nothing of what the client fails, and audits that', async () => {
    expect(await said(query(COPY_IN), product(1004), fail('changed my mind'))).toEqual(['G', 'E:57014', 'Z:I']);
    expect(await copied()).toBe(0);
    expect(await completed(COPY_IN)).toMatchObject({ outcome: 'cancelled' });
  });

  it('goes on after upstream has refused a line, while the client still sends', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => product(2000 + i));
    expect(await said(query(COPY_IN), data('not a number\n'), ...lines, done)).toEqual(['G', 'E:22P02', 'Z:I']);
    expect(await copied()).toBe(0);
    expect(await completed(COPY_IN)).toMatchObject({ outcome: 'error' });
  });

  it('fails the transaction that it is in', async () => {
    expect(await said(query('begin'))).toEqual(['C:BEGIN', 'Z:T']);
    expect(await said(query(COPY_IN), product(1005), done)).toEqual(['G', 'C:COPY 1', 'Z:T']);
    expect(await said(query(COPY_IN), data('bad\n'), done)).toEqual(['G', 'E:22P02', 'Z:E']);
    expect(await said(query('commit'))).toEqual(['C:ROLLBACK', 'Z:I']);
    expect(await copied()).toBe(0);
  });

  it('is refused before upstream hears of it, and data sent ahead is ignored', async () => {
    const refused = 'copy customers (id, card_number) from stdin';
    expect(await said(query(refused), data('1\tx\n'), done)).toEqual(['E:42501', 'Z:I']);
    expect(audited(refused)).toEqual({ verdict: 'refuse', sqlstate: '42501', outcome: undefined, rows: undefined });
  });

  it('runs in the extended protocol, with Sync behind the data', async () => {
    session.peer.send(parse(COPY_IN), bind(), execute);
    session.peer.send(product(1006), done, sync);
    expect(describeMessages(await session.readUntil('Z'))).toEqual(['1', '2', 'G', 'C:COPY 1', 'Z:I']);
  });

  it('takes the Sync that libpq-style clients send before the data as PostgreSQL does', async () => {
    session.peer.send(parse(COPY_IN), bind(), execute, sync);
    session.peer.send(product(1007), done, sync);
    expect(describeMessages(await session.readUntil('Z'))).toEqual(['1', '2', 'G', 'C:COPY 1', 'Z:I']);
    expect(await copied()).toBe(1);
  });

  it('fails an extended batch as PostgreSQL does: everything up to Sync is skipped', async () => {
    session.peer.send(parse(COPY_IN), bind(), execute);
    session.peer.send(fail('no'), parse('select 1'), bind(), execute, sync);
    expect(describeMessages(await session.readUntil('Z'))).toEqual(['1', '2', 'G', 'E:57014', 'Z:I']);
  });

  it('reads binary data', async () => {
    const field = (bytes: Buffer): Buffer => Buffer.concat([i32(bytes.length), bytes]);
    const header = Buffer.concat([text('PGCOPY\n'), hex('ff 0d 0a 00'), i32(0), i32(0)]);
    const price = hex('00 02 00 00 00 00 00 02 00 01 13 88'); // numeric 1.50: two digits of base 10,000
    const row = [i16(4), field(i32(1008)), field(text('COPY-1008')), field(text('copied')), field(price)];
    const body = frame('d', header, ...row, i16(-1));
    expect(await said(query(`${COPY_IN} (format binary)`), body, done)).toEqual(['G', 'C:COPY 1', 'Z:I']);
    expect(await stepward.shop.query('SELECT price::text FROM products WHERE id = 1008')).toEqual([{ price: '1.50' }]);
  });

  it('ends the session that sends a statement in the middle of its data', async () => {
    const other = await login('developer');
    other.peer.send(query(COPY_IN));
    await other.readUntil('G');
    other.peer.send(product(1009), query('select 1'));
    const told = await other.peer.readToEnd();
    expect(told.toString('utf8')).toContain('C08P01\0');
    expect(await copied()).toBe(0);
  });

  it('keeps nothing when the client goes away in the middle', async () => {
    const other = await login('developer');
    other.peer.send(query(COPY_IN));
    await other.readUntil('G');
    other.peer.send(product(1010));
    other.peer.socket.destroy();
    for (let looks = 0; looks < 500; looks += 1) {
      const rows = await stepward.shop.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'copy products%' AND state = 'active'",
      );
      if (rows.length === 0) break;
    }
    expect(await copied()).toBe(0);
    expect(await completed(COPY_IN)).toMatchObject({ outcome: 'lost' });
  });
});

describe('COPY TO STDOUT', () => {
  it('gives the rows, counts them and can be cancelled by its own key only', async () => {
    const sql = 'copy (select id, country from customers order by id limit 2) to stdout';
    const messages = await session.ask(query(sql));
    expect(describeMessages(messages)).toEqual(['H', 'd', 'd', 'c', 'C:COPY 2', 'Z:I']);
    expect(messages.flatMap(({ type, payload }) => (type === 'd' ? [payload.toString('utf8')] : []))).toEqual([
      '1\tBR\n',
      '2\tFR\n',
    ]);
    expect(await completed(sql)).toMatchObject({ verdict: 'allow', outcome: 'done', rows: 2 });
  });

  it('gives binary rows byte for byte', async () => {
    const sql = 'copy (select 258 as n) to stdout (format binary)';
    const messages = await session.ask(query(sql));
    const bytes = Buffer.concat(messages.flatMap(({ type, payload }) => (type === 'd' ? [payload] : [])));
    const header = Buffer.concat([text('PGCOPY\n'), hex('ff 0d 0a 00'), i32(0), i32(0)]);
    expect(bytes).toEqual(Buffer.concat([header, i16(1), i32(4), i32(258), i16(-1)]));
  });

  it('passes an error of upstream on that comes after rows', async () => {
    const sql = 'copy (select 1 / (3 - id) from customers where id < 5 order by id) to stdout';
    const types = describeMessages(await session.ask(query(sql)));
    expect(types.slice(0, 3)).toEqual(['H', 'd', 'd']);
    expect(types.slice(-2)).toEqual(['E:22012', 'Z:I']);
    expect(await completed(sql)).toMatchObject({ outcome: 'error' });
  });

  it('is refused inside a transaction so that the transaction is failed upstream too', async () => {
    expect(await said(query('begin'))).toEqual(['C:BEGIN', 'Z:T']);
    expect(await said(query('copy employees (salary) to stdout'))).toEqual(['E:42501', 'Z:E']);
    expect(await said(query('rollback'))).toEqual(['C:ROLLBACK', 'Z:I']);
  });

  it('runs in a pipeline of other statements', async () => {
    session.peer.send(parse('select 1'), bind(), execute);
    session.peer.send(parse('copy (select 2) to stdout'), bind(), execute);
    session.peer.send(parse('select 3'), bind(), execute, sync);
    expect(describeMessages(await session.readUntil('Z'))).toEqual([
      '1',
      '2',
      'D',
      'C:SELECT 1',
      '1',
      '2',
      'H',
      'd',
      'c',
      'C:COPY 1',
      '1',
      '2',
      'D',
      'C:SELECT 1',
      'Z:I',
    ]);
  });
});
