import { rmSync } from 'node:fs';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../proxy/web/control-client.ts';
import { controlSocketPath } from '../../proxy/data-dir.ts';
import { loadConfig } from '../../proxy/config/load.ts';
import { startServer } from '../../proxy/server.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { createShop, PASSWORD, readAudit, totpCode, writeInstallation } from '../support/running-stepward.ts';

/** The starter policies before a sample shop: what becomes of personal data that is brought elsewhere. */
describe('derived data, through stepward', () => {
  let shop: TestDatabase;
  let installation: { readonly folder: string; readonly config: string };
  let server: Awaited<ReturnType<typeof startServer>>;

  const config = () => {
    const loaded = loadConfig(installation.config);
    if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.errors));
    return loaded.config;
  };
  const start = async (): Promise<void> => {
    server = await startServer(config(), { log: pino({ level: 'silent' }), version: 'test' });
  };
  beforeAll(async () => {
    shop = await createShop();
    installation = writeInstallation(shop, { stepup: { mode: 'challenge' } });
    await start();
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await shop?.drop();
    if (installation !== undefined) rmSync(installation.folder, { recursive: true, force: true });
  });

  async function as(user: string): Promise<Client> {
    const { port } = server;
    const client = new Client({ host: '127.0.0.1', port, user, password: PASSWORD, database: shop.database });
    await client.connect();
    return client;
  }
  const errorOf = async (client: Client, text: string): Promise<{ code?: string; detail?: string }> => {
    try {
      await client.query(text);
    } catch (error) {
      return Object(error);
    }
    throw new Error(`not refused: ${text}`);
  };
  /** What the person reads, then confirms on the page: the next try goes through. */
  async function confirmed(client: Client, text: string, steps: number): Promise<void> {
    const { detail = '' } = await errorOf(client, text);
    const challenge = /\/c\/([\w-]+)/.exec(detail)?.[1];
    if (challenge === undefined) throw new Error(`no challenge: ${detail}`);
    const response = await fetch(`http://127.0.0.1:${server.webPort}/api/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge, code: totpCode(steps) }),
    });
    expect(await response.json()).toMatchObject({ outcome: 'confirmed' });
  }
  const eventsOf = (type: string) =>
    readAudit(config().dataDir).flatMap((row) => (row.kind === 'event' && row.entry.type === type ? [row.entry] : []));
  const COPY = 'update orders set note = c.email from customers c where c.id = customer_id and orders.id = 1';

  it('a developer may not copy it, and is told why', async () => {
    const client = await as('developer');
    await confirmed(client, 'select email from customers where id = 1', 0);
    expect(await errorOf(client, COPY)).toMatchObject({
      code: '42501',
      message: 'permission denied to copy column "email" of table customers to column "note" of table orders',
      detail: 'Sensitive data is not copied to where it is not protected as such.',
    });
    expect(readAudit(config().dataDir).at(-1)).toMatchObject({
      entry: { verdict: 'refuse', denied: [{ action: 'copy', resource: 'public.customers.email' }] },
    });
    await client.end();
  });

  it("what a dba copies is protected like the source, though the dba's transaction is rolled back", async () => {
    const developer = await as('developer');
    const note = 'select note from orders where id = 1';
    await developer.query(note);
    const dba = await as('dba');
    await confirmed(dba, COPY, 0);
    await dba.query('begin');
    await dba.query(COPY);
    await dba.query('rollback');
    await dba.end();
    expect(eventsOf('tags.carried')).toMatchObject([
      {
        subject: { principal: 'dba' },
        data: { target: 'public.orders.note', tag: 'pii', sources: ['public.customers.email'] },
      },
    ]);
    expect(await errorOf(developer, note)).toMatchObject({
      code: '42501',
      detail: expect.stringContaining('Personal data needs a fresh proof'),
    });
    await developer.query('select status from orders where id = 1');
    const rows = readAudit(config().dataDir).flatMap((row) => (row.kind === 'decision' ? [row.entry] : []));
    expect(rows.find(({ text, verdict }) => text === COPY && verdict === 'allow')?.facts?.statements[0]?.flows).toEqual(
      [
        {
          target: { kind: 'column', schema: 'public', table: 'orders', column: 'note' },
          sources: [
            { resource: { kind: 'column', schema: 'public', table: 'customers', column: 'email' }, isCopy: true },
          ],
        },
      ],
    );
    expect(rows.find(({ text }) => text === note)?.facts?.statements[0]?.result).toMatchObject([
      { name: 'note', sources: [{ isCopy: true }] },
    ]);
    await developer.end();
  });

  it('still so after a restart, until the administrator drops the tag', async () => {
    await server.stop();
    await start();
    const developer = await as('developer');
    const note = 'select note from orders where id = 2';
    expect(await errorOf(developer, note)).toMatchObject({ code: '42501' });
    const control = createControlClient({ socketPath: controlSocketPath(config().dataDir), user: 'alice' });
    expect(await control.carriedTags()).toMatchObject({ value: [{ target: 'public.orders.note', tag: 'pii' }] });
    expect(await control.dropCarriedTags('public.orders.note')).toMatchObject({ ok: true });
    expect(eventsOf('tags.dropped')).toMatchObject([{ data: { tags: ['pii'], by: 'administrator alice' } }]);
    await developer.query(note);
    await developer.end();
  });

  it('a temporary table is protected in the columns that hold it, and no others', async () => {
    const developer = await as('developer');
    await developer.query('begin');
    await developer.query('create temp table mine as select id, email from customers');
    await developer.query('create temp table safe as select id, country from mine join customers using (id)');
    await developer.query('rollback');
    await developer.query('create temp table mine (id int, email text)');
    await developer.query('insert into mine select id, email from customers');
    await developer.query('select id from mine');
    expect((await developer.query('select email from mine where id = 1')).rows).toHaveLength(1);
    await developer.end();
    const analyst = await as('analyst');
    await analyst.query("create temp table mine as select id, country from customers where email like '%example%'");
    await analyst.query('select id, country from mine');
    expect(await errorOf(analyst, 'create temp table more as select email from customers')).toMatchObject({
      code: '42501',
    });
    await analyst.end();
  });
});
