import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WireConnection } from './connection.ts';
import { describeMessage } from './describe.ts';
import { encodeMessage } from './encode.ts';
import { openWireLab, type WireLab } from './lab.ts';
import { type Account, logIn } from './log-in.ts';

const ROUNDS = 40;

let lab: WireLab;
beforeAll(async () => {
  lab = await openWireLab('@id("all")\npermit (principal, action, resource);\n');
});
afterAll(() => lab.stop());

/** Sends a Query and reads to its end. @returns the SQLSTATE of its error, or the tag */
async function run(connection: WireConnection, sql: string): Promise<string> {
  connection.send(encodeMessage(`Query ${JSON.stringify(sql)}`));
  return outcome(connection);
}

async function outcome(connection: WireConnection): Promise<string> {
  let told = '';
  for (;;) {
    const message = await connection.readMessage();
    if (!message) throw new Error(`closed behind ${told}`);
    const [name, first = '', second = ''] = describeMessage(message, new Map()).split(' ');
    if (name === 'ErrorResponse') told = second;
    if (name === 'CommandComplete') told = first;
    if (name === 'ReadyForQuery') return told;
  }
}

/** Resolves when the connection is closed, which is how a client knows that the cancel has been handed on. */
async function cancel(of: WireConnection, { port }: Account): Promise<void> {
  const connection = await WireConnection.open(port);
  connection.send(encodeMessage(`CancelRequest ${of.pid} \\x${of.secret.toString('hex')}`));
  expect(await connection.readMessage()).toBeUndefined();
}

describe.each(['direct', 'stepward'] as const)('%s', (door) => {
  it('a cancel that races with the end of a statement never hits what is sent when it is over', async () => {
    const target = lab[door];
    const [a, b] = [await logIn(target), await logIn(target)];
    const counts = { cancelled: 0, done: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = run(a, `SELECT pg_sleep(${round % 2 === 0 ? 0.002 * (round % 10) : 5})`);
      const cancels = Promise.all([cancel(a, target), cancel(a, target), cancel(a, target)]);
      const beside = await run(b, 'SELECT 1');
      // Came too early, before the statement ran: another one must end it.
      if (round % 2 === 1) await cancels.then(() => cancel(a, target));
      const [told] = await Promise.all([running, cancels]);
      counts[told === '57014' ? 'cancelled' : 'done'] += 1;
      expect([beside, await run(a, 'SELECT 2'), await run(b, 'SELECT 3')]).toEqual(['"SELECT', '"SELECT', '"SELECT']);
    }
    expect(counts.cancelled).toBeGreaterThanOrEqual(ROUNDS / 4);
    a.destroy();
    b.destroy();
  });

  it('a cancel that races with a batch never hits the next one', async () => {
    const target = lab[door];
    const a = await logIn(target);
    const batch = (sql: string): Buffer =>
      Buffer.concat(
        [`Parse "" ${JSON.stringify(sql)}`, 'Bind "" ""', 'Execute "" 0', 'Sync'].map((line) => encodeMessage(line)),
      );
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      a.send(batch('SELECT pg_sleep(0.003)'));
      const [told] = await Promise.all([outcome(a), cancel(a, target), cancel(a, target)]);
      expect(['"SELECT', '57014']).toContain(told);
      a.send(batch('SELECT 1'));
      expect(await outcome(a)).toBe('"SELECT');
    }
    a.destroy();
  });
});
