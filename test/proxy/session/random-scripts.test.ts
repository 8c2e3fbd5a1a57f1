import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectUpstream } from '../../../proxy/auth/upstream-connect.ts';
import { systemTimers } from '../../../proxy/stepup/timers.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { rawPeer } from '../../support/raw-peer.ts';
import * as m from './messages.ts';
import { startTestProxy, type TestProxy } from './proxy.ts';
import { connectRawClient, type RawClient, rawClient } from './raw-client.ts';

let db: TestDatabase;
let proxy: TestProxy;
let direct: RawClient;
let through: RawClient;

beforeAll(async () => {
  db = await createTestDatabase('CREATE TABLE t (a int)');
  proxy = await startTestProxy(db);
  const upstream = await connectUpstream({ ...db, tls: { mode: 'disable' }, connectTimeoutMs: 10_000 }, new Map(), {
    randomBytes,
    timers: systemTimers,
  });
  direct = rawClient(rawPeer(upstream.stream), upstream.backendKey);
  upstream.stream.resume();
  through = await connectRawClient(proxy.port);
});
afterAll(async () => {
  direct.socket.destroy();
  through.socket.destroy();
  await proxy.close();
  await db.drop();
});

const name = fc.constantFrom('', 'a', 'b');
const sql = fc.constantFrom(
  'SELECT 1',
  'SELECT 1; SELECT 2',
  'SELECT 1/0',
  'SELECT generate_series(1,3)',
  'no statement',
  '',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'ROLLBACK TO s',
  'PREPARE a AS SELECT 5',
  'EXECUTE a',
  'DEALLOCATE a',
  'DEALLOCATE ALL',
  'DECLARE b CURSOR FOR SELECT 6',
  'FETCH 1 FROM b',
  'COPY t FROM STDIN',
  'COPY (SELECT 8) TO STDOUT',
  'INSERT INTO t VALUES (1)',
);
/** May be prepared under a name: EXECUTE of anything else is refused by the gate, not by PostgreSQL. */
const isSteady = (text: string): boolean => /^(SELECT|INSERT|COPY \(|no|$)/.test(text) || text.includes('forbidden');
/** The data goes with the statement, because PostgreSQL's answer to a COPY without an end is to wait. */
const withData = (bytes: Buffer, text: string): Buffer =>
  text.includes('FROM STDIN') ? Buffer.concat([bytes, m.copyData('7\n'), m.copyDone]) : bytes;
/**
 * A Query comes behind a Sync: in the middle of a batch PostgreSQL 18 leaves its implicit transaction in a state in which
 * ROLLBACK is an internal error.
 */
const messagesOf = (texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 2, arbitrary: texts.map((text) => withData(Buffer.concat([m.sync, m.query(text)]), text)) },
    { weight: 3, arbitrary: texts.map((text) => withData(m.run(text), text)) },
    fc.tuple(name, texts.filter(isSteady)).map(([to, text]) => m.parse(to, text)),
    fc.tuple(name, name).map(([portal, statement]) => m.bind(portal, statement)),
    fc.tuple(name, fc.nat(2)).map(([portal, rows]) => m.execute(portal, rows)),
    name.map(m.describeStatement),
    name.map(m.describePortal),
    name.map(m.closeStatement),
    name.map(m.closePortal),
    fc.constant(m.flush),
    { weight: 4, arbitrary: fc.constant(m.sync) },
  );
const forbidden = fc.constantFrom(
  "SELECT 'forbidden'",
  "PREPARE a AS SELECT 'forbidden'",
  "PREPARE b AS SELECT 'forbidden'",
  "DECLARE a CURSOR FOR SELECT 'forbidden'",
  "DECLARE b CURSOR WITH HOLD FOR SELECT 'forbidden'",
  'EXECUTE a',
  'EXECUTE b',
  'FETCH 1 FROM a',
  'FETCH 1 FROM b',
);

/** Everything up to the answer of a question that ends whatever is open. */
async function play(client: RawClient, script: readonly Buffer[]): Promise<readonly string[]> {
  client.send(...script, m.sync, m.query('ROLLBACK'), m.query('DEALLOCATE ALL'), m.query("SELECT 'the end'"));
  const words = await client.readUntil('D:the end');
  return [...words, ...(await client.readUntil('Z:I'))].filter((word) => word !== 'N');
}

it('gives the same answers as PostgreSQL to any order of messages, all sent at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(messagesOf(sql), { maxLength: 14 }), async (script) => {
      const [expected, actual] = await Promise.all([play(direct, script), play(through, script)]);
      expect(actual).toEqual(expected);
    }),
    { numRuns: Number(process.env['STEPWARD_FUZZ_RUNS'] ?? 60) },
  );
});

it('lets no row of a forbidden statement out, whatever the order of messages', async () => {
  proxy.gate.allowsDefinitions = true;
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(messagesOf(fc.oneof(sql, forbidden, forbidden)), { maxLength: 16 }), async (script) => {
      const words = await play(through, [...script, m.sync, m.query('CLOSE ALL')]);
      expect(words).not.toContain('D:forbidden');
      tried += words.includes('E:42501') ? 1 : 0;
    }),
    { numRuns: Number(process.env['STEPWARD_FUZZ_RUNS'] ?? 60) },
  );
  expect(tried).toBeGreaterThan(0);
});
