import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUpstream } from '../../../proxy/auth/upstream-connect.ts';
import { systemTimers } from '../../../proxy/stepup/timers.ts';
import { cstr, frame, hex, text } from '../../support/bytes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { rawPeer } from '../../support/raw-peer.ts';
import * as m from './messages.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { connectRawClient, type RawClient, rawClient } from './raw-client.ts';

let db: TestDatabase;
let proxy: TestProxy;

beforeAll(async () => {
  db = await createTestDatabase('CREATE TABLE t (a int PRIMARY KEY)');
  proxy = await startTestProxy(db);
});
afterAll(async () => {
  await proxy.close();
  await db.drop();
});

type Script = { readonly name: string; readonly steps: readonly (readonly [readonly Buffer[], number])[] };

const one = (...messages: readonly Buffer[]): readonly [readonly Buffer[], number] => [messages, 1];
const many = (readyCount: number, ...messages: readonly Buffer[]): readonly [readonly Buffer[], number] => [
  messages,
  readyCount,
];

const SCRIPTS: readonly Script[] = [
  {
    name: 'several statements in one Query, the last of which fails',
    steps: [one(m.query('SELECT 1; SELECT 2; SELECT 1/0; SELECT 3'))],
  },
  { name: 'an empty Query and an empty Parse', steps: [one(m.query('')), one(m.run(''), m.sync)] },
  {
    name: 'an error in a batch, up to Sync',
    steps: [one(m.run('SELECT 1/0'), m.run('SELECT 2'), m.query('SELECT 3'), m.sync), one(m.run('SELECT 4'), m.sync)],
  },
  {
    name: 'pipelined batches, one of which fails',
    steps: [
      many(3, m.run('SELECT 1'), m.sync, m.run('SELECT 1/0'), m.run('SELECT 2'), m.sync, m.run('SELECT 3'), m.sync),
    ],
  },
  { name: 'pipelined Querys', steps: [many(3, m.query('SELECT 1'), m.query('SELECT 1/0'), m.query('SELECT 2'))] },
  {
    name: 'a portal in slices',
    steps: [
      one(
        m.parse('', 'SELECT generate_series(1,5)'),
        m.bind('p', ''),
        m.execute('p', 2),
        m.execute('p', 2),
        m.execute('p', 2),
        m.execute('p', 2),
        m.sync,
      ),
    ],
  },
  {
    name: 'a duplicate Parse and a Bind in the next batch',
    steps: [
      one(m.parse('d', 'SELECT 1'), m.sync),
      many(2, m.parse('d', 'SELECT 2'), m.sync, m.bind('', 'd'), m.execute(''), m.sync),
      one(m.closeStatement('d'), m.sync),
    ],
  },
  {
    name: 'Describe, Close and unknown names',
    steps: [
      one(
        m.parse('s', 'SELECT 1 AS x'),
        m.describeStatement('s'),
        m.bind('p', 's'),
        m.describePortal('p'),
        m.closePortal('p'),
        m.closePortal('none'),
        m.closeStatement('s'),
        m.sync,
      ),
      one(m.describeStatement('none'), m.sync),
      one(m.bind('', 'none'), m.sync),
      one(m.execute('none'), m.sync),
    ],
  },
  {
    name: 'a Query inside an open batch',
    steps: [one(m.parse('', 'SELECT 1'), m.bind('', ''), m.execute(''), m.query('SELECT 2')), one(m.sync)],
  },
  {
    name: 'SQL and protocol names together',
    steps: [
      one(m.query('PREPARE q AS SELECT 7')),
      one(m.bind('', 'q'), m.execute(''), m.sync),
      one(m.parse('r', 'SELECT 8'), m.sync),
      one(m.query('EXECUTE r')),
      one(m.query('DEALLOCATE ALL')),
      one(m.bind('', 'q'), m.sync),
    ],
  },
  {
    name: 'cursors by both doors',
    steps: [
      one(m.query('BEGIN')),
      one(m.query('DECLARE c CURSOR FOR SELECT generate_series(1,4)')),
      one(m.execute('c', 2), m.sync),
      one(m.query('FETCH 1 FROM c')),
      one(m.parse('', 'SELECT 5'), m.bind('pp', ''), m.sync),
      one(m.query('FETCH 1 FROM pp')),
      one(m.query('COMMIT')),
      one(m.query('FETCH 1 FROM c')),
    ],
  },
  {
    name: 'names longer than 63 bytes',
    steps: [
      one(m.parse(`${'n'.repeat(63)}x`, 'SELECT 1'), m.sync),
      one(m.closeStatement(`${'n'.repeat(63)}y`), m.parse(`${'n'.repeat(63)}z`, 'SELECT 2'), m.sync),
      one(m.bind('', `${'n'.repeat(63)}x`), m.execute(''), m.sync),
      one(m.closeStatement('n'.repeat(63)), m.sync),
    ],
  },
  {
    name: 'COPY in by Query',
    steps: [
      one(m.query('COPY t FROM STDIN'), m.copyData('1\n2\n'), m.copyDone),
      one(m.query('SELECT count(*) FROM t')),
    ],
  },
  {
    name: 'COPY in by Query, failed by the client',
    steps: [
      one(m.query('COPY t FROM STDIN'), m.copyData('3\n'), m.copyFail('no')),
      one(m.query('SELECT count(*) FROM t')),
    ],
  },
  {
    name: 'COPY in by Query, failed by the data, with data still coming',
    steps: [
      one(m.query('COPY t FROM STDIN'), m.copyData('x\n'), m.copyData('4\n'), m.copyDone),
      one(m.query('SELECT 1')),
    ],
  },
  {
    name: 'COPY in by Execute',
    steps: [
      one(m.run('COPY t FROM STDIN'), m.copyData('5\n'), m.copyDone, m.sync),
      one(m.query('SELECT count(*) FROM t')),
    ],
  },
  {
    name: 'COPY in by Execute with a Sync too early',
    steps: [
      one(m.run('COPY t FROM STDIN'), m.sync, m.flush, m.copyData('6\n'), m.copyDone, m.sync),
      one(m.query('SELECT 1')),
    ],
  },
  {
    name: 'COPY in by Execute, failed by the data',
    steps: [one(m.run('COPY t FROM STDIN'), m.copyData('x\n'), m.copyDone, m.sync), one(m.run('SELECT 1'), m.sync)],
  },
  {
    name: 'COPY out, both ways',
    steps: [one(m.query('COPY (SELECT 1) TO STDOUT')), one(m.run('COPY (SELECT 2) TO STDOUT'), m.sync)],
  },
  { name: 'COPY messages outside COPY', steps: [one(m.copyData('x'), m.copyDone, m.query('SELECT 1'))] },
  {
    name: 'transactions, failed and not',
    steps: [
      one(m.query('BEGIN')),
      one(m.query('SELECT 1/0')),
      one(m.query('SELECT 1')),
      one(m.run('SELECT 1'), m.sync),
      one(m.query('COMMIT')),
      one(m.query('SELECT 1')),
    ],
  },
  {
    name: 'BEGIN and COMMIT in one batch',
    steps: [one(m.run('BEGIN'), m.run('SELECT 1'), m.run('COMMIT'), m.run('SELECT 1/0'), m.sync)],
  },
  {
    name: 'text that is not UTF-8',
    steps: [one(frame('Q', text("SELECT '"), hex('ff'), cstr("'"))), one(m.query('SELECT 1'))],
  },
];

const outside = async (): Promise<RawClient> => {
  const upstream = await connectUpstream({ ...db, tls: { mode: 'disable' }, connectTimeoutMs: 10_000 }, new Map(), {
    randomBytes,
    timers: systemTimers,
  });
  const peer = rawPeer(upstream.stream);
  upstream.stream.resume();
  return rawClient(peer, upstream.backendKey);
};

describe('answers as PostgreSQL does', () => {
  it.each(SCRIPTS)('$name', async ({ steps }) => {
    const answers: (readonly (readonly string[])[])[] = [];
    for (const connect of [outside, () => connectRawClient(proxy.port)]) {
      await db.query('TRUNCATE t');
      const client = await connect();
      const replies: (readonly string[])[] = [];
      for (const [messages, readyCount] of steps) replies.push(await client.ask(messages, readyCount));
      client.send(m.terminate);
      await client.readToEnd();
      answers.push(replies);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.length).toBe(steps.length);
  });
});
