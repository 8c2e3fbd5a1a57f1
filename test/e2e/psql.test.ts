import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_PSQL, runPsql, startPsql } from '../support/psql.ts';
import {
  eventually,
  newChallenge,
  type RunningStepward,
  startStepward,
  totpCode,
} from '../support/running-stepward.ts';

describe.skipIf(!HAS_PSQL)('psql through stepward', () => {
  let stepward: RunningStepward;
  beforeAll(async () => {
    stepward = await startStepward({ stepup: { timeoutSeconds: 60 } });
  });
  afterAll(async () => stepward.stop());

  const lastId = (): number => stepward.audit().at(-1)?.id ?? 0;
  const eventsAfter = (id: number): readonly string[] =>
    stepward.audit().flatMap((row) => (row.id > id && row.kind === 'event' ? [row.entry.type] : []));
  const decisionsAfter = (id: number): readonly string[] =>
    stepward
      .audit()
      .flatMap((row) =>
        row.id > id && row.kind === 'decision' && row.entry.protocol !== 'connect' ? [row.entry.verdict] : [],
      );

  it('gives the rows of a statement that policies permit', async () => {
    const before = lastId();
    expect(await runPsql(stepward, 'developer', 'select id, country from customers order by id limit 3')).toBe(
      '1|BR\n2|FR\n3|IT\n',
    );
    // The completion is written after the client has its rows.
    const row = await eventually(() =>
      stepward
        .audit()
        .find(
          (each) =>
            each.id > before &&
            each.kind === 'decision' &&
            each.entry.text.includes('country') &&
            each.completion !== undefined,
        ),
    );
    expect(row).toMatchObject({
      entry: { verdict: 'allow', determining: [{ id: 'developers-read-shop' }] },
      completion: { entry: { outcome: 'done', rows: 3 } },
    });
  });

  it("refuses a column in PostgreSQL's words with the policy's reason, and the session lives on", async () => {
    const before = lastId();
    const printed = await startPsql(
      stepward,
      'analyst',
      ['select ssn from customers', 'select 42'],
      ['VERBOSITY=verbose'],
    ).ended;
    expect(printed).toContain('ERROR:  42501: permission denied for column "ssn" of table customers\n');
    expect(printed).toContain('DETAIL:  Analysts do not work with social security numbers.\n');
    expect(printed).toMatch(/^42$/m);
    expect(decisionsAfter(before)).toEqual(['refuse', 'allow']);
  });

  it('holds with a notice until the person confirms, and does not ask again within the grant', async () => {
    const before = lastId();
    const psql = startPsql(stepward, 'developer', ['select ssn from customers where id = 1']);
    const challenge = await newChallenge(stepward, before);
    await eventually(() => (psql.output().includes('HINT') ? true : undefined));
    const notice = psql.output();
    expect(notice).toMatch(
      /^NOTICE: {2}held until you confirm that it is you: this statement wants to read customers\.ssn$/m,
    );
    expect(notice).toMatch(
      /^DETAIL: {2}Personal data needs a fresh proof that it is you\. Code [0-9A-Z]{4}-[0-9A-Z]{4}, (1 min 0|\d+) s left\.$/m,
    );
    expect(notice).toMatch(
      new RegExp(
        `^HINT: {2}Open http://127\\.0\\.0\\.1:${stepward.webPort}/c/${challenge.id} or run: stepward confirm [0-9A-Z-]{9}$`,
        'm',
      ),
    );
    expect(await stepward.confirm(challenge.id, '000000')).toMatchObject({ status: 403, outcome: 'wrong' });
    const code = totpCode();
    expect(await stepward.confirm(challenge.id, code)).toMatchObject({ status: 200, outcome: 'confirmed' });
    expect(await psql.ended).toMatch(/^907-23-0001$/m);
    expect(eventsAfter(before).filter((type) => /^(challenge|proof|grant)/.test(type))).toEqual([
      'challenge.created',
      'proof.refused',
      'challenge.confirmed',
      'grant.created',
    ]);
    expect(decisionsAfter(before)).toEqual(['hold', 'allow']);

    expect(await runPsql(stepward, 'developer', 'select ssn from customers where id = 2')).toBe('914-36-0002\n');
    expect(decisionsAfter(before)).toEqual(['hold', 'allow', 'allow']);

    const other = startPsql(stepward, 'developer', ['select email from customers where id = 1']);
    const second = await newChallenge(stepward, challenge.rowId);
    expect(await stepward.confirm(second.id, code)).toMatchObject({ status: 403, outcome: 'replayed' });
    expect(eventsAfter(second.rowId)).toContain('proof.refused');
    other.process.kill('SIGINT');
    await other.ended;
  });

  it('cancels a held statement at Ctrl-C and withdraws the challenge', async () => {
    const before = lastId();
    const psql = startPsql(
      stepward,
      'developer',
      ['select phone from customers where id = 1', 'select 43'],
      ['VERBOSITY=verbose'],
    );
    const challenge = await newChallenge(stepward, before);
    await eventually(() => (psql.output().includes('NOTICE') ? true : undefined));
    psql.process.kill('SIGINT');
    expect(await psql.ended).toContain('ERROR:  57014: canceling statement due to user request');
    expect(eventsAfter(before)).toContain('challenge.withdrawn');
    expect(await stepward.confirm(challenge.id, totpCode(1))).toMatchObject({ status: 410 });
  });

  it('withdraws the challenge when psql is closed', async () => {
    const before = lastId();
    const psql = startPsql(stepward, 'developer', ['select phone from customers where id = 1']);
    await newChallenge(stepward, before);
    psql.process.kill('SIGKILL');
    const events = await eventually(() => {
      const seen = eventsAfter(before);
      return seen.includes('session.ended') ? seen : undefined;
    });
    expect(events).toContain('challenge.withdrawn');
  });

  it('does the same for \\bind with parameters', async ({ skip }) => {
    const before = lastId();
    expect(await runPsql(stepward, 'analyst', 'select name from customers where id = 1')).toBe('Ken Ionescu\n');
    const version = await runPsql(stepward, 'analyst', '\\echo :VERSION_NUM');
    skip(Number(version) < 160000, 'this psql has no \\bind: it came with version 16');
    expect(
      await startPsql(stepward, 'analyst', ['select ssn from customers where id = $1 \\bind 1 \\g']).ended,
    ).toContain('permission denied');
    expect(decisionsAfter(before).at(-1)).toBe('refuse');
  });

  it('answers the whole of \\d', async () => {
    // Not \\l: that of psql 15 asks for a column that PostgreSQL 18 has no more.
    const printed = await runPsql(
      stepward,
      'analyst',
      '\\d',
      '\\d customers',
      '\\d+ orders',
      '\\dn',
      '\\df',
      '\\du',
      '\\dt *.*',
      '\\dv',
      '\\dp',
    );
    expect(printed).not.toContain('ERROR');
    expect(printed).toContain('customer_overview');
  });

  it('copies to and from the client', async () => {
    const printed = await runPsql(
      stepward,
      'developer',
      '\\copy (select id, country from customers where id < 3) to stdout',
      'copy products (id, sku, name, price) to stdout',
    );
    expect(printed).toContain('1\tBR\n2\tFR\n');
    expect(printed).toContain('SKU-0080');
    expect(await runPsql(stepward, 'analyst', 'copy customers (id, ssn) to stdout')).toContain(
      'permission denied for column "ssn" of table customers',
    );
    expect(await runPsql(stepward, 'dba', "copy customers to '/tmp/x'")).toContain(
      'permission denied to read or write a file or program of the server',
    );
  });
});

describe.skipIf(!HAS_PSQL)('a hold that nobody confirms', () => {
  it('ends with a clear error when its time is over', async () => {
    const stepward = await startStepward({ stepup: { timeoutSeconds: 1, heartbeatSeconds: 1 } });
    try {
      const printed = await startPsql(
        stepward,
        'developer',
        ['select ssn from customers', 'select 44'],
        ['VERBOSITY=verbose'],
      ).ended;
      expect(printed).toContain('ERROR:  57014: canceling statement: not confirmed within 1 seconds');
      expect(printed).toMatch(/^44$/m);
      const types = stepward.audit().flatMap((row) => (row.kind === 'event' ? [row.entry.type] : []));
      expect(types).toContain('challenge.expired');
    } finally {
      await stepward.stop();
    }
  });
});
