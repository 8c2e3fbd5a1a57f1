import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryFn } from '../../../policy/catalog/catalog.ts';
import { catalogFingerprint } from '../../../policy/catalog/fingerprint.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type Connected, connectQuery } from '../../support/query-fn.ts';

const SETUP = `
CREATE SCHEMA closed;
CREATE TABLE public.people (id int PRIMARY KEY, ssn text);
CREATE TABLE public.parent (id int);
CREATE TABLE public.base (a int);
CREATE TABLE public.events (at date) PARTITION BY RANGE (at);
CREATE TABLE public.events_2025 (at date);
CREATE VIEW public.ids AS SELECT id FROM public.people;
CREATE MATERIALIZED VIEW public.kept AS SELECT id FROM public.people;
CREATE FUNCTION public.known(v text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT ON public.people FOR EACH ROW EXECUTE FUNCTION public.note();
CREATE RULE logged AS ON DELETE TO public.people DO ALSO NOTHING;
CREATE POLICY mine ON public.people USING (true);
CREATE TYPE public.pair AS (a int, b int);
CREATE DOMAIN public.checked AS text;
CREATE FUNCTION public.event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
`;

/** Each of them changes what a snapshot has, or what it means. */
const DDL = [
  'CREATE TABLE public.added (a int)',
  'ALTER TABLE public.added ADD b int',
  'ALTER TABLE public.added RENAME b TO c',
  'ALTER TABLE public.added ALTER c SET DEFAULT 1',
  'ALTER TABLE public.added ALTER c TYPE bigint',
  'ALTER TABLE public.added DROP c',
  'ALTER TABLE public.added SET SCHEMA closed',
  'ALTER TABLE closed.added RENAME TO renamed',
  'ALTER TABLE closed.renamed INHERIT public.base',
  `ALTER TABLE public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`,
  'ALTER TABLE public.events DETACH PARTITION public.events_2025',
  'CREATE OR REPLACE VIEW public.ids AS SELECT id FROM public.people WHERE id > 0',
  'ALTER VIEW public.ids SET (security_invoker = true)',
  `CREATE OR REPLACE FUNCTION public.known(v text) RETURNS boolean LANGUAGE sql AS 'SELECT false'`,
  'ALTER FUNCTION public.known SET search_path = closed',
  'ALTER FUNCTION public.known SECURITY DEFINER',
  'ALTER FUNCTION public.known RENAME TO known_not',
  'ALTER TABLE public.people DISABLE TRIGGER noted',
  'ALTER TABLE public.people DISABLE RULE logged',
  'ALTER TABLE public.people ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE public.people FORCE ROW LEVEL SECURITY',
  'ALTER POLICY mine ON public.people USING (false)',
  'ALTER TABLE public.people ADD CHECK (id > 0)',
  'CREATE UNIQUE INDEX ON public.people (ssn)',
  'ALTER TABLE public.parent ADD UNIQUE (id)',
  'ALTER TABLE public.people ADD FOREIGN KEY (id) REFERENCES public.parent (id) NOT VALID',
  'ALTER TYPE public.pair ADD ATTRIBUTE c int',
  `ALTER DOMAIN public.checked ADD CHECK (VALUE <> '')`,
  'CREATE CAST (public.pair AS text) WITH INOUT',
  'CREATE OPERATOR public.=== (RIGHTARG = text, FUNCTION = public.known_not)',
  'CREATE EXTENSION citext',
  'GRANT USAGE ON SCHEMA closed TO PUBLIC',
  'ALTER TABLE public.people OWNER TO pg_monitor',
  'DROP TABLE closed.renamed CASCADE',
  'DROP VIEW public.ids; CREATE VIEW public.ids AS SELECT id FROM public.people',
];

/** None of them does. */
const NO_DDL = [
  'INSERT INTO public.parent VALUES (1)',
  'ANALYZE public.parent',
  'VACUUM public.parent',
  'TRUNCATE public.parent CASCADE',
  'REFRESH MATERIALIZED VIEW public.kept',
  'CREATE TEMP TABLE mine (a int DEFAULT 1 CHECK (a > 0))',
];

let database: TestDatabase;
let connected: Connected;
let reader: string;

beforeAll(async () => {
  database = await createTestDatabase(SETUP);
  reader = `reader_${database.database}`;
  await database.query(`CREATE ROLE ${reader} LOGIN PASSWORD 'r'`);
  connected = await connectQuery({ ...database, user: reader, password: 'r' });
});
afterAll(async () => {
  await connected?.end();
  await database?.query(`DROP ROLE IF EXISTS ${reader}`);
  await database?.drop();
});

function counting(): { readonly asked: string[]; readonly query: QueryFn } {
  const asked: string[] = [];
  const query: QueryFn = async (sql) => {
    asked.push(sql);
    return connected.query(sql);
  };
  return { asked, query };
}

describe('the fingerprint of a role without rights', () => {
  it.each(DDL)('changes with %s', async (sql) => {
    const before = await catalogFingerprint(connected.query);
    await database.query(sql);
    expect((await catalogFingerprint(connected.query, before)).exact).not.toBe(before.exact);
  });

  it('changes when a role becomes a member of another, which may change what is usable', async () => {
    const group = `group_${database.database}`;
    await database.query(`CREATE ROLE ${group}; CREATE SCHEMA ours; GRANT USAGE ON SCHEMA ours TO ${group}`);
    const before = await catalogFingerprint(connected.query);
    await database.query(`GRANT ${group} TO ${reader}`);
    expect((await catalogFingerprint(connected.query, before)).exact).not.toBe(before.exact);
    await database.query(`DROP OWNED BY ${group}; DROP ROLE ${group}`);
  });

  it('changes when a role is subject to row security no more', async () => {
    const before = await catalogFingerprint(connected.query);
    await database.query(`ALTER ROLE ${reader} BYPASSRLS`);
    expect((await catalogFingerprint(connected.query, before)).exact).not.toBe(before.exact);
  });

  it('stays when a role comes that owns nothing', async () => {
    const before = await catalogFingerprint(connected.query);
    await database.query(`CREATE ROLE passing_${database.database}; DROP ROLE passing_${database.database}`);
    await database.query(`CREATE ROLE passing_${database.database}`);
    expect((await catalogFingerprint(connected.query, before)).exact).toBe(before.exact);
    await database.query(`DROP ROLE passing_${database.database}`);
  });

  it.each(NO_DDL)('stays for %s', async (sql) => {
    const before = await catalogFingerprint(connected.query);
    const other = await connectQuery(database);
    await other.query(sql);
    expect((await catalogFingerprint(connected.query, before)).exact).toBe(before.exact);
    await other.end();
  });

  it('asks one cheap question where no transaction has written', async () => {
    const before = await catalogFingerprint(connected.query);
    await database.query('SELECT count(*) FROM public.people');
    const { asked, query } = counting();
    // Other test files write to the same server: then it has to look further, and says so by another snapshot.
    const after = await catalogFingerprint(query, before);
    expect(asked.length === 1).toBe(after.snapshot === before.snapshot);
    expect(after.exact).toBe(before.exact);
  });

  it('does not ask for every row where data was written and no catalog', async () => {
    const before = await catalogFingerprint(connected.query);
    await database.query('INSERT INTO public.parent VALUES (7)');
    const { asked, query } = counting();
    const after = await catalogFingerprint(query, before);
    // Roles of other test files are rows of this server's catalogs as well.
    expect(asked.length > 2).toBe(after.rows !== before.rows);
    expect(after.exact).toBe(before.exact);
  });

  it('sees uncommitted DDL of nobody, and all of it once it is committed', async () => {
    const other = await connectQuery(database);
    await other.query('BEGIN');
    const before = await catalogFingerprint(connected.query);
    await other.query('CREATE TABLE public.late (a int)');
    const during = await catalogFingerprint(connected.query, before);
    expect(during.exact).toBe(before.exact);
    await other.query('COMMIT');
    expect((await catalogFingerprint(connected.query, during)).exact).not.toBe(before.exact);
    await other.end();
  });
});
