import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningStepward, startStepward, totpCode } from '../support/running-stepward.ts';
import { runCommand } from './run-command.ts';

/** Runs a statement of the developer that is held; `code` is what the NOTICE shows, `rows` what comes in the end. */
async function hold(
  stepward: RunningStepward,
): Promise<{ code: string; rows: Promise<number | string>; client: Client }> {
  const client = new Client(stepward.client('developer'));
  await client.connect();
  const shown = new Promise<string>((resolve) => {
    client.on('notice', ({ detail }) => resolve(/Code ([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(detail ?? '')?.[1] ?? ''));
  });
  const rows = client.query('select ssn from customers limit 3').then(
    (result) => result.rows.length,
    (error: Error) => error.message,
  );
  return { code: await shown, rows, client };
}

describe('commands that speak with a running stepward', () => {
  let stepward: RunningStepward;
  let url: string;
  const run = async (...args: readonly string[]) => runCommand(args, { env: { STEPWARD_CONFIG: stepward.config } });

  beforeAll(async () => {
    stepward = await startStepward();
    url = `http://127.0.0.1:${stepward.webPort}`;
  });
  afterAll(async () => stepward.stop());

  it('confirm refuses a wrong code, then lets the statement go on with the right one, typed in two groups', async () => {
    const { code, rows, client } = await hold(stepward);
    const wrong = await run('confirm', code, totpCode() === '000000' ? '000001' : '000000', '--url', url);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('not right')]);
    expect((await run('sessions', 'list')).out).toMatch(/developer +127\.0\.0\.1 .* held +select ssn from customers/);
    const right = totpCode();
    const confirmed = await run('confirm', right.slice(0, 3), right.slice(3), '--url', url);
    expect([confirmed.code, confirmed.out]).toEqual([0, expect.stringContaining('Confirmed')]);
    expect(await rows).toBe(3);
    await client.end();
  });

  it('grants lists what the confirmation opened, and revoke closes it', async () => {
    const { out } = await run('grants', 'list', '--json');
    const [grant]: { id: string; person: string }[] = JSON.parse(out);
    expect(grant?.person).toBe('developer');
    expect((await run('grants', 'list')).out).toContain('select public.customers.ssn');
    expect(await run('grants', 'revoke', grant?.id ?? '')).toMatchObject({ code: 0 });
    expect((await run('grants', 'list')).out).toBe('no grants');
    expect((await run('grants', 'list', '--all')).out).toContain('revoked');
    expect(await run('grants', 'revoke', 'g-none')).toMatchObject({ code: 1, err: 'there is no live grant g-none' });
  });

  it('confirm asks for the digits where only the short code is given', async () => {
    const { code, rows, client } = await hold(stepward);
    const terminal = { env: {}, secrets: [totpCode(1)] };
    const confirmed = await runCommand(['confirm', code, '--url', url], terminal);
    expect([confirmed.code, confirmed.out]).toEqual([0, expect.stringContaining('Confirmed')]);
    expect(await rows).toBe(3);
    await client.end();
  });

  it('confirm sends nothing that is no code', async () => {
    const before = stepward.audit().length;
    for (const args of [['1234567'], ['ABCD-EFGH', '12345'], ['']]) {
      expect(await run('confirm', ...args, '--url', url)).toMatchObject({ code: 64 });
    }
    expect(stepward.audit()).toHaveLength(before);
  });

  it('sessions kill ends a connection', async () => {
    const client = new Client(stepward.client('analyst'));
    const ended = new Promise((resolve) => client.on('error', (error) => resolve(Reflect.get(error, 'code'))));
    await client.connect();
    const { out } = await run('sessions', 'list', '--json');
    const sessions: { id: string; principal: string }[] = JSON.parse(out);
    const id = sessions.find(({ principal }) => principal === 'analyst')?.id ?? '';
    expect(await run('sessions', 'kill', id)).toMatchObject({ code: 0 });
    expect(await ended).toBe('57P01');
    expect(await run('sessions', 'kill', id)).toMatchObject({ code: 1, err: `there is no session ${id}` });
  });

  it('audit tail shows it all while the server runs', async () => {
    const { code, out } = await run('audit', 'tail', '--person', 'developer', '-n', '50');
    expect(code).toBe(0);
    for (const what of ['hold', 'proof.refused', 'challenge.confirmed', 'grant.revoked', 'allow']) {
      expect(out).toContain(what);
    }
    expect((await run('audit', 'verify')).out).toMatch(/^intact: \d+ rows/);
  });
});

describe('commands without a running stepward', () => {
  it('confirm says where it looked', async () => {
    const { code, err } = await runCommand(['confirm', '123456', '--url', 'http://127.0.0.1:1']);
    expect([code, err]).toEqual([69, 'no stepward answers at http://127.0.0.1:1: is it running?']);
  });
});
