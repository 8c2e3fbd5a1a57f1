import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditCommandDeps } from '../../cli/commands/audit.ts';
import { auditCommand } from '../../cli/commands/audit.ts';
import type { Io } from '../../cli/io.ts';
import { auditPath } from '../../proxy/data-dir.ts';
import type { AuditStore } from '../../proxy/audit/store.ts';
import { openAuditStore } from '../../proxy/audit/store.ts';
import { completion, decision, event, factsFor, NINE } from '../proxy/audit/entries.ts';

const held = 'select id,\n\tssn\n  from customers';
const denied = [{ action: 'select', resource: 'public.customers.ssn', policies: ['pii-needs-proof'] }];
const pii = { id: 'pii-needs-proof', reason: 'personal data needs a fresh proof', file: 'sensitive.cedar', line: 12 };

describe('stepward audit', () => {
  const directory = mkdtempSync(join(tmpdir(), 'stepward-audit-cli-'));
  const config = join(directory, 'stepward.yaml');
  let store: AuditStore;

  beforeAll(async () => {
    writeFileSync(config, 'upstream: {host: localhost, database: shop, user: stepward}\n');
    mkdirSync(join(directory, 'stepward-data'));
    const log = { info: () => undefined, error: () => undefined };
    store = openAuditStore({
      path: auditPath(join(directory, 'stepward-data')),
      durability: 'process',
      nowMs: () => NINE,
      log,
    });
    const { subject } = decision();
    await store.append(decision({ text: 'select id from customers' }));
    await store.append(completion(1));
    await store.append(
      decision({ text: held, facts: factsFor(held, 'customers', 'ssn'), verdict: 'hold', denied, determining: [pii] }),
    );
    const challenge = { challengeId: 'c1', decisionId: 3 };
    await store.append(
      event({ type: 'challenge.created', subject, data: { ...challenge, rung: 'totp', joined: false } }),
    );
    await store.append(
      event({ type: 'challenge.confirmed', subject, data: { challengeId: 'c1', grantId: 'g1', waitedMs: 9_500 } }),
    );
    await store.append(
      event({ type: 'grant.created', subject, data: { grantId: 'g1', methods: ['otp'], expiresAtMs: NINE + 600_000 } }),
    );
    await store.append(decision({ text: held, facts: factsFor(held, 'customers', 'ssn'), grantIds: ['g1'] }));
    await store.append(
      decision({
        text: 'selec\u001b]0;owned\u0007t',
        facts: undefined,
        verdict: 'refuse',
        determining: [],
        sqlstate: '42601',
        message: 'syntax error at or near "selec"',
      }),
    );
  });
  afterAll(() => {
    store.close();
    rmSync(directory, { recursive: true });
  });

  async function run(args: readonly string[], more: Partial<Io> = {}, deps?: AuditCommandDeps): Promise<string> {
    const lines: string[] = [];
    const io: Io = {
      out: (text) => lines.push(text),
      err: (text) => lines.push(`stderr: ${text}`),
      isTty: false,
      columns: 100,
      env: { STEPWARD_CONFIG: config },
      isInteractive: false,
      askSecret: () => Promise.reject(new Error('not asked')),
      outliveReader: () => undefined,
      ...more,
    };
    const command = auditCommand(io, deps).exitOverride();
    for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined });
    await command.parseAsync([...args], { from: 'user' });
    return lines.join('\n');
  }

  it('tail shows one line each: number, person and address, verdict, statement, rows, time, policies', async () => {
    const lines = (await run(['tail'])).split('\n');
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}#1 +developer@10\.0\.0\.7 +allow +select id from customers {2}3 rows 11 ms {2}developers-read$/,
    );
    expect(lines[1]).toMatch(/#3 .* hold +select id, ssn from customers {2}pii-needs-proof$/);
    expect(lines[2]).toMatch(/#4 .* challenge\.created {2}challengeId=c1 decisionId=3 rung=totp/);
    expect(lines[6]).toMatch(/#8 .* refuse .* not analysed \(42601\)$/);
  });

  it('tail takes the last rows that the filters leave', async () => {
    expect((await run(['tail', '-n', '1', '--verdict', 'allow'])).split('\n')).toEqual([expect.stringMatching(/#7 /)]);
    expect(await run(['tail', '--person', 'nobody'])).toBe('');
    expect((await run(['tail', '--table', 'customers', '--before', '3'])).split('\n')).toHaveLength(1);
  });

  it('refuses a time, a verdict or a number that it cannot read', async () => {
    await expect(run(['tail', '--since', 'yesterday'])).rejects.toThrow('not a time: yesterday');
    await expect(run(['tail', '--verdict', 'maybe'])).rejects.toThrow('Allowed choices are allow, refuse, hold');
    await expect(run(['show', 'x'])).rejects.toThrow('not a whole number');
  });

  it('colours on a terminal only, and not where NO_COLOR says so', async () => {
    expect(await run(['tail'])).not.toContain('\u001b');
    expect(await run(['tail'], { isTty: true })).toContain('\u001b[32mallow');
    expect(await run(['tail'], { isTty: true, env: { STEPWARD_CONFIG: config, NO_COLOR: '1' } })).not.toContain(
      '\u001b',
    );
  });

  it.each(['tail', 'show 8', 'explain 8'])(
    '%s lets no escape sequence of a statement reach the terminal',
    async (args) => {
      const shown = await run(args.split(' '));
      expect(shown).toContain('␛]0;owned␇');
      expect([shown.includes('\u0007'), shown.includes('\u001b')]).toEqual([false, false]);
    },
  );

  it('tail -f shows new rows as they come, and the end of a statement that was shown before it ended', async () => {
    const steps = [
      () => store.append(decision({ text: 'select 2', facts: undefined, atMs: NINE + 1 })),
      () => store.append(completion(9, { rows: 1 })),
      () => store.append(event({ type: 'server.stopped' })),
    ];
    const pause = async () => void (await steps.shift()?.());
    const shown = await run(
      ['tail', '-f', '-n', '1'],
      {},
      {
        nowMs: () => NINE,
        pause,
        isStopped: () => steps.length === 0,
      },
    );
    expect(shown.split('\n')).toEqual([
      expect.stringMatching(/#8 /),
      expect.stringMatching(/#9 .* allow +select 2 +developers-read$/),
      expect.stringMatching(/#9 +└ 1 row 11 ms$/),
    ]);
  });

  it('show gives everything that the row holds', async () => {
    const shown = await run(['show', '#1']);
    for (const line of [
      /^decision +#1$/m,
      /^policies +developers-read \(developers\.cedar:3\): developers read the shop$/m,
      /^touches +SELECT \(only reads\)\n +select public\.customers\.ssn \(output\)$/m,
      /^assurance +pwd, aal 1, 1500 ms old$/m,
      /^session +address=10\.0\.0\.7 tls=false application=psql database=shop role=stepward$/m,
      /^outcome +3 rows 11 ms, 120 bytes to the client$/m,
      /^policy version +abcdef012345$/m,
    ]) {
      expect(shown).toMatch(line);
    }
  });

  it('show --json gives the entry with its time, hash and completion', async () => {
    expect(JSON.parse(await run(['show', '1', '--json']))).toMatchObject({
      id: 1,
      kind: 'decision',
      time: '2026-11-24T09:00:00.000Z',
      verdict: 'allow',
      completion: { outcome: 'done', rows: 3 },
    });
  });

  it('explain underlines the culprit and names policy, reason, place, step-up and what came of it', async () => {
    const [headline, who, , ...rest] = (await run(['explain', '3'])).split('\n');
    expect(headline).toMatch(/^#3 {2}.* {2}hold$/);
    expect(who).toBe('developer (developers) from 10.0.0.7, psql, database shop');
    expect(rest.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'TIME'))).toEqual([
      '1 │ select id,',
      '2 │         ssn',
      '  │         ^^^',
      '3 │   from customers',
      '',
      'denied: select public.customers.ssn (output)',
      '  forbidden by pii-needs-proof (sensitive.cedar:12): personal data needs a fresh proof',
      '',
      'A step-up with totp would allow it:',
      '  TIME  challenge.created (row 4)',
      '  TIME  challenge.confirmed after 9500 ms, grantId g1 (row 5)',
      '  the statement was judged again: see #7',
    ]);
  });

  it('explain of an allowed statement names the permits and the grant', async () => {
    const shown = await run(['explain', '7']);
    expect(shown).toContain('allowed: select public.customers.ssn (output)');
    expect(shown).toContain('  permitted by developers-read (developers.cedar:3): developers read the shop');
    expect(shown).toMatch(/ {2}with grant g1: proved .* with otp, until .* \(row 6\)/);
  });

  it('explain of a text that was not analysed says so', async () => {
    expect(await run(['explain', '8'])).toContain('Refused before any policy was asked');
  });

  it('says which rows there are where a number is none, or is the end of a statement', async () => {
    await expect(run(['show', '700'])).rejects.toThrow(/there is no row 700: the last one is \d+/);
    await expect(run(['show', '2'])).rejects.toThrow('row 2 is the end of a statement');
  });

  it('verify prints the head, and takes it as an anchor later', async () => {
    const [first, second = ''] = (await run(['verify'])).split('\n');
    expect(first).toMatch(/^intact: \d+ rows$/);
    const anchor = second.replace('head: ', '');
    expect(await run(['verify', '--anchor', anchor])).toMatch(/^intact/);
    await expect(run(['verify', '--anchor', anchor.replace(/^\d+/, '999')])).rejects.toThrow(/the end is missing/);
  });

  it('export gives every row as a line of JSON', async () => {
    const rows = (await run(['export', '--until', '2026-11-25'])).split('\n').map((line): unknown => JSON.parse(line));
    expect(rows.length).toBeGreaterThanOrEqual(7);
    expect(rows[0]).toMatchObject({ id: 1, kind: 'decision', completion: { id: 2 } });
  });

  it('says what to do where there is no store', async () => {
    const other = join(directory, 'other.yaml');
    writeFileSync(other, 'upstream: {host: localhost, database: shop, user: stepward}\ndataDir: ./none\n');
    await expect(run(['tail', '-c', other])).rejects.toThrow('there is no audit store at');
  });
});
