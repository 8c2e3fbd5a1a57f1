import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../support/postgres.ts';
import { createShop, PASSWORD, readAudit, writeInstallation } from '../support/running-stepward.ts';
import { freePort, type Started, startStepwardProcess, takePort } from './processes.ts';

describe('stepward serve', () => {
  let shop: TestDatabase;
  const folders: string[] = [];
  const running: Started[] = [];

  const install = (overrides: Readonly<Record<string, unknown>> = {}) => {
    const installation = writeInstallation(shop, overrides);
    folders.push(installation.folder);
    return installation;
  };
  const serve = (config: string): Started => {
    const started = startStepwardProcess(['serve', '--config', config]);
    running.push(started);
    return started;
  };

  beforeAll(async () => {
    shop = await createShop();
  });
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  afterAll(async () => {
    await shop.drop();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('serves until SIGTERM, lets the running statement finish, and ends with exit code 0', async () => {
    const port = await freePort();
    const { config, folder } = install({ listen: { port } });
    const server = serve(config);
    await server.printed('stepward is listening');
    const login = { host: '127.0.0.1', port, user: 'dba', password: PASSWORD, database: shop.database };
    const client = new Client(login);
    client.on('error', () => undefined);
    await client.connect();
    const rows = await client.query('select id from customers limit 2');
    expect(rows.rows).toHaveLength(2);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    const last = readAudit(join(folder, 'data')).at(-1);
    expect(last?.entry).toMatchObject({ type: 'server.stopped' });
  });

  it('refuses to start on a port that is taken, with exit code 69', async () => {
    const [port, release] = await takePort();
    const { config } = install({ listen: { port } });
    const { code, output } = await serve(config).ended;
    await release();
    expect(code).toBe(69);
    expect(output).toContain(`cannot listen on 127.0.0.1:${port}`);
    expect(output).not.toMatch(/^ {4}at /m);
  });

  it.each([
    [
      'where upstream does not answer',
      { port: 1 },
      /upstream stepward_app@127\.0\.0\.1:1\/\w+ cannot be used.*ECONNREFUSED/,
    ],
    ['where upstream refuses the login', { password: 'wrong' }, /upstream stepward_app@.* cannot be used/],
    ['where the database is missing', { database: 'no_such' }, /upstream stepward_app@.*no_such cannot be used/],
  ])('refuses to start %s, with exit code 69', async (_, change, message) => {
    const { host, port, database } = shop;
    const upstream = { host, port, database, user: 'stepward_app', password: PASSWORD, ...change };
    const { code, output } = await serve(install({ upstream }).config).ended;
    expect(code).toBe(69);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^ {4}at /m);
  });

  it('refuses to start with policies that are not valid, naming file and line, with exit code 78', async () => {
    const { config, folder } = install();
    const file = join(folder, 'policies/base.cedar');
    writeFileSync(file, '@id("a") @reason("x")\npermit (principal, action, resourc);\n');
    const { code, output } = await serve(config).ended;
    expect(code).toBe(78);
    expect(output).toMatch(new RegExp(`^${file}:2:\\d+: error: `, 'm'));
  });

  it('refuses to start without people, and says how they are added, with exit code 78', async () => {
    const { config, folder } = install();
    rmSync(join(folder, 'people.yaml'));
    const { code, output } = await serve(config).ended;
    expect(code).toBe(78);
    expect(output).toMatch(/there is no file .*people\.yaml; `stepward people add NAME` makes it/);
  });
});
