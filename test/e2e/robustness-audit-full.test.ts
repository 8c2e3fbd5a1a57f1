import { spawnSync } from 'node:child_process';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/stepward-process.ts';

const HAS_PRLIMIT = spawnSync('prlimit', ['--version']).status === 0;
if (!HAS_PRLIMIT) process.stderr.write('there is no prlimit: the test of a full disk is skipped\n');

/** A limit on the size of files stands for the full disk: the audit store can grow no more, everything else goes on. */
const LIMIT_KIB = 600;

describe.skipIf(!HAS_PRLIMIT)('an audit store that cannot grow', { timeout: 90_000 }, () => {
  let installation: Installation;
  afterEach(async () => installation.remove());

  it('means 58030 for every statement, a session that lives on, and statements again once there is room', async () => {
    installation = await createInstallation();
    installation.permitEverything();
    await installation.shop.query('CREATE TABLE noted (n int); GRANT SELECT, INSERT ON noted TO stepward_app');
    const stepward = await installation.start((command) => [
      'bash',
      '-c',
      `trap '' XFSZ; ulimit -S -f ${LIMIT_KIB}; exec "$@"`,
      'bash',
      ...command,
    ]);
    const client = new Client(stepward.client('dba'));
    await client.connect();
    const refusals: unknown[] = [];
    let accepted = 0;
    while (refusals.length < 5) {
      try {
        // Long and new each time, so that the store grows.
        await client.query(
          `insert into noted values (${accepted}) -- ${'x'.repeat(4000)} ${accepted + refusals.length}`,
        );
        accepted += 1;
      } catch (error) {
        refusals.push(error);
      }
    }
    for (const error of refusals) expect(error).toMatchObject({ severity: 'ERROR', code: '58030' });
    expect(accepted).toBeGreaterThan(0);
    expect(await installation.shop.query('SELECT count(*)::int AS n FROM noted')).toEqual([{ n: accepted }]);
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '58030' });
    const newcomer = new Client(stepward.client('dba'));
    await expect(newcomer.connect()).rejects.toMatchObject({ severity: 'FATAL', code: '58030' });

    expect(spawnSync('prlimit', ['--pid', `${stepward.pid}`, '--fsize=unlimited']).status).toBe(0);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect((await client.query('select count(*)::int as n from noted')).rows).toEqual([{ n: accepted }]);
    await client.end();
    const texts = stepward.audit().flatMap((row) => (row.kind === 'decision' ? [row.entry] : []));
    expect(texts.filter(({ text, verdict }) => verdict === 'allow' && text.startsWith('insert'))).toHaveLength(
      accepted,
    );
  });
});
