import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/postgres.ts';
import { createShop, writeInstallation } from '../support/running-stepward.ts';
import { runCommand } from './run-command.ts';

describe('stepward policy, with the starter policies and the sample shop', () => {
  let shop: TestDatabase;
  let folder: string;
  let config: string;
  const run = async (...args: readonly string[]) => runCommand(['policy', ...args, '--config', config]);

  beforeAll(async () => {
    shop = await createShop();
    ({ folder, config } = writeInstallation(shop));
  });
  afterAll(async () => {
    await shop.drop();
    rmSync(folder, { recursive: true });
  });

  it('check finds nothing wrong', async () => {
    expect(await run('check')).toEqual({ code: 0, out: expect.stringMatching(/^\d+ policies are valid$/), err: '' });
  });

  it('check --offline says what it has not looked at', async () => {
    expect((await run('check', '--offline')).out).toMatch(/are valid \(names of the database not checked\)$/);
  });

  it('test runs the policy tests that come with them, and all pass', async () => {
    const { code, out } = await run('test');
    expect(out).toMatch(/(^|\n)[1-9]\d* passed, 0 failed$/);
    expect(code).toBe(0);
  });

  it('test does the same with a snapshot, without the database', async () => {
    const snapshot = join(folder, 'catalog.snapshot');
    expect(await run('snapshot', snapshot)).toMatchObject({ code: 0, out: expect.stringContaining('relations') });
    const elsewhere = writeInstallation({ ...shop, port: 1 });
    const { code, out } = await runCommand(['policy', 'test', '--snapshot', snapshot, '--config', elsewhere.config]);
    rmSync(elsewhere.folder, { recursive: true });
    expect(out).toMatch(/[1-9]\d* passed, 0 failed$/);
    expect(code).toBe(0);
  });

  it('test fails where the policies do not do what a case says', async () => {
    const other = writeInstallation(shop);
    appendFileSync(
      join(other.folder, 'policies/base.cedar'),
      '\n@id("nobody") @reason("closed") forbid (principal, action, resource);\n',
    );
    const { code, out } = await runCommand(['policy', 'test', '--config', other.config]);
    rmSync(other.folder, { recursive: true });
    expect(code).toBe(1);
    expect(out).toMatch(/, [1-9]\d* failed$/);
  });

  it('check names file, line and column of each mistake, with exit code 78', async () => {
    const other = writeInstallation(shop, { tags: { pii: ['public.customers.ssnn'], pci: [], pay: [], vetted: [] } });
    const file = join(other.folder, 'policies/base.cedar');
    writeFileSync(
      file,
      '@id("a") @reason("x")\npermit (principal, action, resource) when { context.nope == 1 };\n' +
        '@id("b") @reason("x")\npermit (principal in Group::"nobodies", action, resource);\n',
    );
    const broken = await runCommand(['policy', 'check', '--config', other.config]);
    expect(broken.code).toBe(78);
    expect(broken.err).toMatch(new RegExp(`^${file}:2:\\d+: error: `, 'm'));
    writeFileSync(file, '@id("b") @reason("x")\npermit (principal in Group::"nobodies", action, resource);\n');
    const misspelt = await runCommand(['policy', 'check', '--config', other.config]);
    rmSync(other.folder, { recursive: true });
    expect(misspelt.code).toBe(78);
    expect(misspelt.err).toMatch(/Group::"nobodies"/);
    expect(misspelt.err).toMatch(/tag "pii": nothing in the database is public\.customers\.ssnn/);
  });

  it.each(['check', 'test', 'snapshot x'])(
    '%s says why upstream cannot be used, with exit code 69',
    async (command) => {
      const other = writeInstallation({ ...shop, port: 1 });
      const { code, err } = await runCommand(['policy', ...command.split(' '), '--config', other.config]);
      rmSync(other.folder, { recursive: true });
      expect(code).toBe(69);
      expect(err).toMatch(/^upstream stepward_app@127\.0\.0\.1:1\/\w+ cannot be used: .*ECONNREFUSED/);
      expect(err).not.toContain('\n');
    },
  );

  it('refuses a file that is no snapshot, and one that cannot be written', async () => {
    expect(await run('check', '--snapshot', config)).toMatchObject({ code: 78, err: expect.stringContaining(config) });
    expect(await run('snapshot', join(folder, 'no/such/folder'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot write the snapshot'),
    });
  });
});
