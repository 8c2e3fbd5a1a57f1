import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../proxy/config/load.ts';
import { startServer } from '../../proxy/server.ts';
import { corpusSchema, protectedColumns } from '../support/corpus.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { PASSWORD, writeInstallation } from '../support/running-stepward.ts';

/**
 * Sequences of test/corpora/own-attacks.jsonl through a whole stepward, whose upstream role is a superuser: nothing but
 * stepward stands between them and the data. OWN_ATTACKS=all plays the single statements as well.
 */
const POLICY = `
@id("data")
permit (principal, action in [Action::"connect", Action::"select", Action::"insert", Action::"update",
  Action::"delete", Action::"set", Action::"lock", Action::"maintain", Action::"notify", Action::"listen"], resource);
@id("vetted")
permit (principal, action == Action::"execute", resource in Tag::"vetted");
@id("secret")
forbid (principal, action, resource in Tag::"secret");
@id("guarded")
forbid (principal, action in [Action::"select", Action::"set"], resource in Tag::"guarded");
@id("catalog")
forbid (principal, action in [Action::"insert", Action::"update", Action::"delete"], resource in Tag::"catalog");
@id("settings")
forbid (principal, action == Action::"set", resource)
unless { resource in Tag::"client" || resource == Setting::"search_path" };
`;
const CANARY = /CANARY/i;

const ownRecord = z.object({ id: z.string(), category: z.string(), sequence: z.array(z.string()) });
type OwnRecord = z.infer<typeof ownRecord>;

const corpora = new URL('../corpora/', import.meta.url);
let database: TestDatabase;
let server: Awaited<ReturnType<typeof startServer>>;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase(corpusSchema() + readFileSync(new URL('own-schema.sql', corpora), 'utf8'));
  const { host, port, user, password } = database;
  const installation = writeInstallation(database, {
    upstream: { host, port, database: database.database, user, password },
    policies: 'own',
    tags: { secret: [...protectedColumns()], vetted: ['function public.order_total'] },
    stepup: { mode: 'challenge' },
  });
  folder = installation.folder;
  mkdirSync(join(folder, 'own'));
  writeFileSync(join(folder, 'own/own.cedar'), POLICY);
  const loaded = loadConfig(installation.config);
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.errors));
  server = await startServer(loaded.config, { log: pino({ level: 'silent' }), version: 'test' });
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await database?.drop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function login(): { host: string; port: number; user: string; password: string; database: string } {
  return { host: '127.0.0.1', port: server.port, user: 'analyst', password: PASSWORD, database: database.database };
}

/** All fields of an ErrorResponse, DETAIL among them. */
const errorText = (error: unknown): string =>
  error instanceof Error ? JSON.stringify(Object.entries(error)) + error.message : String(error);

/** Everything that a client was told: rows, errors, notices. */
async function play(texts: readonly string[]): Promise<{ readonly said: string; readonly refusals: number }> {
  const client = new Client(login());
  const said: string[] = [];
  let refusals = 0;
  client.on('error', (error) => said.push(errorText(error)));
  client.on('notice', (notice) => said.push(JSON.stringify(notice)));
  client.on('notification', (notification) => said.push(JSON.stringify(notification)));
  await client.connect();
  for (const text of texts) {
    try {
      said.push(JSON.stringify(await client.query(text)));
    } catch (error) {
      refusals += 1;
      said.push(errorText(error));
    }
  }
  await client.end();
  return { said: said.join('\n'), refusals };
}

function attacks(): readonly OwnRecord[] {
  const lines = readFileSync(new URL('own-attacks.jsonl', corpora), 'utf8').split('\n').filter(Boolean);
  const all = lines.map((line) => ownRecord.parse(JSON.parse(line)));
  if (process.env['OWN_ATTACKS'] === 'all')
    // Policies of rows do not run for a superuser upstream.
    return all.filter(
      ({ sequence, category }) => category !== 'row_security' && !/COPY .*FROM STDIN/.test(sequence.join()),
    );
  return all.filter(({ sequence }) => sequence.length > 1);
}

describe('our own attacks, through stepward', () => {
  it('gives no protected value and refuses something of each', { timeout: 300_000 }, async () => {
    const records = attacks();
    expect(records.length).toBeGreaterThanOrEqual(77);
    const failed: string[] = [];
    for (const { id, sequence } of records) {
      const { said, refusals } = await play(sequence);
      if (CANARY.test(said) || refusals === 0) failed.push(`${id} ${sequence.join(' ;; ')} -> ${said.slice(0, 300)}`);
    }
    expect(failed).toEqual([]);
  });

  it('judges a prepared statement again when its names mean another table', async () => {
    const client = new Client(login());
    await client.connect();
    const prepared = { name: 's', text: 'SELECT ssn FROM customers ORDER BY id LIMIT 1' };
    await client.query('SET search_path = finance');
    await expect(client.query(prepared)).resolves.toMatchObject({ rowCount: 1 });
    await client.query('SET search_path = public');
    await expect(client.query(prepared)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('knows what the types of declared parameters call', async () => {
    const [types] = await database.query(
      "SELECT 'customer_ref'::regtype::oid::int AS ref, 'tagref'::regtype::oid::int AS tag, " +
        "'verified_ssn'::regtype::oid::int AS checked, 'order_status'::regtype::oid::int AS status, 'dref'::regtype::oid::int AS dref",
    );
    const { ref, tag, checked, status, dref } = z.record(z.string(), z.number()).parse(types);
    const sql = postgres({ ...login(), max: 1, fetch_types: false, onnotice: () => undefined });
    const denied = { code: '42501' };
    await expect(sql`SELECT ${sql.typed('(17)', ref ?? 0)}::text`).rejects.toMatchObject(denied);
    await expect(sql`SELECT ${sql.typed('(17)', dref ?? 0)}::text`).rejects.toMatchObject(denied);
    await expect(sql`SELECT lower(${sql.typed('(17)', tag ?? 0)})`).rejects.toMatchObject(denied);
    await expect(sql`SELECT upper(${sql.typed('(17)', ref ?? 0)})`).rejects.toMatchObject(denied);
    await expect(sql`SELECT ${sql.typed('777', checked ?? 0)} IS NULL`).rejects.toMatchObject(denied);
    await expect(
      sql`SELECT count(*) FROM orders WHERE status = ${sql.typed('paid', status ?? 0)}`,
    ).resolves.toHaveLength(1);
    await sql.end();
  });
});
