import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../support/raw-peer.ts';
import { eventually } from '../support/running-stepward.ts';
import { createInstallation, type Installation, type StepwardProcess } from '../support/stepward-process.ts';

let installation: Installation;
let stepward: StepwardProcess;
const start = async (): Promise<void> => {
  installation = await createInstallation();
  stepward = await installation.start();
};
const remove = async (): Promise<void> => installation.remove();

async function connect(user: string): Promise<{ readonly client: Client; readonly lost: Promise<unknown> }> {
  const client = new Client(stepward.client(user));
  const lost = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  return { client, lost };
}

const eventsOf = (type: string) =>
  stepward.audit().flatMap((row) => (row.kind === 'event' && row.entry.type === type ? [row.entry.data] : []));

describe('a reload', { timeout: 90_000 }, () => {
  beforeAll(start);
  afterAll(remove);

  it('counts from the next statement on, of sessions that were there before', async () => {
    const { client } = await connect('developer');
    expect((await client.query('select stock from products where id = 1')).rows).toEqual([{ stock: 31 }]);
    appendFileSync(
      join(installation.folder, 'policies', 'developers.cedar'),
      '\n@id("no-stock")\n@reason("stock is being counted")\n' +
        'forbid (principal, action == Action::"select", resource == Column::"public.products.stock");\n',
    );
    stepward.kill('SIGHUP');
    await eventually(() => (eventsOf('policy.loaded').length > 1 ? true : undefined));
    await expect(client.query('select stock from products where id = 1')).rejects.toMatchObject({
      code: '42501',
      detail: 'Stock is being counted.',
    });
    await client.end();
  });

  it('refuses a broken set with file, line and column, and the good one stays, until it is mended', async () => {
    const { client } = await connect('analyst');
    const file = join(installation.folder, 'policies', 'analysts.cedar');
    const good = readFileSync(file, 'utf8');
    const lines = good.split('\n').length;
    writeFileSync(file, `${good}\n@id("typo")\nforbid (principal, action == Action::"selct", resource);\n`);
    stepward.kill('SIGHUP');
    const refused = await eventually(() => eventsOf('policy.refused')[0]);
    const place = `${file}:${lines + 2}:`;
    expect(JSON.stringify(refused['problems'])).toContain(place);
    const logged = stepward.log().map(({ msg }) => String(msg));
    expect(logged.find((line) => line.startsWith(place))).toMatch(/^.*:\d+:\d+: error: /);
    await expect(client.query('select ssn from customers')).rejects.toMatchObject({ code: '42501' });
    expect((await client.query('select id from customers where id = 1')).rows).toEqual([{ id: 1 }]);
    writeFileSync(file, `${good}\n// mended\n`);
    stepward.kill('SIGHUP');
    expect((await client.query('select id from customers where id = 2')).rows).toEqual([{ id: 2 }]);
    await client.end();
  });

  it('survives that its files are gone', async () => {
    const { client } = await connect('developer');
    const gone = ['policies', 'people.yaml'].map((name) => join(installation.folder, name));
    for (const path of gone) renameSync(path, `${path}.away`);
    stepward.kill('SIGHUP');
    await eventually(() =>
      eventsOf('policy.refused').find(({ problems }) => JSON.stringify(problems).includes('ENOENT')),
    );
    expect((await client.query('select id from customers where id = 1')).rows).toEqual([{ id: 1 }]);
    const another = await connect('developer');
    await another.client.end();
    await client.end();
  });
});

describe('SIGTERM', { timeout: 90_000 }, () => {
  beforeAll(start);
  afterAll(remove);

  it('lets a running statement finish, tells idle sessions 57P01, waits for nobody else, and ends with 0', async () => {
    const blocker = new Client({ ...installation.shop });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE');
    const busy = await connect('developer');
    const idle = await connect('developer');
    const silent = await connectRaw(stepward.port);
    const running = busy.client.query('select stock from products where id = 1');
    const isWaiting = async (): Promise<boolean> => {
      const rows = await installation.shop.query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows.length > 0;
    };
    while (!(await isWaiting()));
    stepward.kill('SIGTERM');
    expect(await idle.lost).toMatchObject({ severity: 'FATAL', code: '57P01' });
    const late = new Client(stepward.client('developer'));
    late.on('error', () => undefined);
    await expect(late.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await blocker.query('COMMIT');
    expect((await running).rows).toEqual([{ stock: 31 }]);
    expect(await busy.lost).toMatchObject({ severity: 'FATAL', code: '57P01' });
    expect(await stepward.exited).toEqual({ code: 0, signal: null });
    expect(await silent.readToEnd()).toEqual(Buffer.alloc(0));
    await blocker.end();
    const ended = eventsOf('session.ended').map(({ how }) => how);
    expect(ended).toEqual(['shutdown', 'shutdown']);
    expect(eventsOf('server.stopped')).toHaveLength(1);
  });
});
