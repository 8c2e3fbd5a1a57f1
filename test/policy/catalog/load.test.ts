import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalog, CatalogRelation } from '../../../policy/catalog/catalog.ts';
import { loadCatalog, readCatalog } from '../../../policy/catalog/load.ts';
import { packRows } from '../../../policy/catalog/packed-rows.ts';
import { unpackCatalog } from '../../../policy/catalog/unpack.ts';
import { loadNamespaceDefaults } from '../../../policy/catalog/namespace-defaults.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { type Connected, connectQuery } from '../../support/query-fn.ts';

const SETUP = `
CREATE SCHEMA closed;
CREATE TABLE closed.hidden (x int);
CREATE SCHEMA "Odd Name";
CREATE TABLE "Odd Name"."Table ""1""" ("Column" int);
CREATE TABLE "Odd Name".columns ("a
2 25 -1 ssn" int, "b\\n" int, "c d" numeric(5, 2)[], " " text);
CREATE FUNCTION public.known(v text) RETURNS boolean LANGUAGE sql AS 'SELECT v <> ''''';
CREATE DOMAIN public.checked AS text CHECK (public.known(VALUE));
CREATE DOMAIN public.tighter AS public.checked;
CREATE DOMAIN public.dumped AS text CHECK (query_to_xml(VALUE, true, true, '') IS NOT NULL);
CREATE TYPE public.pair AS (a int, b public.tighter);
CREATE TABLE public.people (
  id int PRIMARY KEY, name varchar(20) DEFAULT 'n' CHECK (name <> 'x'), ssn text,
  tail text GENERATED ALWAYS AS (right(ssn, 3)) STORED
);
ALTER TABLE public.people ADD gone int;
ALTER TABLE public.people DROP gone;
ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
CREATE TABLE public.vips (tier int) INHERITS (public.people);
CREATE TABLE public.events (at date, who text) PARTITION BY RANGE (at);
CREATE TABLE public.events_2025 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE VIEW public.tails AS SELECT p.tail AS t FROM people p WHERE ssn IS NOT NULL;
CREATE MATERIALIZED VIEW public.names AS SELECT name FROM people;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.note();
CREATE TRIGGER asleep BEFORE DELETE ON public.people FOR EACH ROW EXECUTE FUNCTION public.note();
ALTER TABLE public.people DISABLE TRIGGER asleep;
CREATE RULE logged AS ON DELETE TO public.vips DO ALSO INSERT INTO public.events VALUES (now(), OLD.ssn);
CREATE FUNCTION public.many(a int, b text DEFAULT 'x', VARIADIC c int[] DEFAULT '{}') RETURNS SETOF public.people
  LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM people; END;
CREATE FUNCTION public.eq(a public.people, b int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR public.=== (LEFTARG = public.people, RIGHTARG = int, FUNCTION = public.eq);
CREATE FUNCTION public.to_text(p public.pair) RETURNS text LANGUAGE sql AS 'SELECT ''''';
CREATE CAST (public.pair AS text) WITH FUNCTION public.to_text(public.pair);
`;

const KEYS = `
CREATE FUNCTION public.made() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''x''';
CREATE DOMAIN public.born AS text DEFAULT public.made();
CREATE DOMAIN public.reborn AS public.born;
CREATE TABLE public.pets (
  id int PRIMARY KEY, owner int REFERENCES public.people ON DELETE CASCADE ON UPDATE SET NULL, chip text, note text,
  UNIQUE (chip, owner) INCLUDE (note)
);
CREATE UNIQUE INDEX ON public.pets (lower(chip)) WHERE note <> '';
CREATE INDEX ON public.pets (note);
ALTER TABLE public.pets ENABLE ROW LEVEL SECURITY;
CREATE POLICY looking ON public.pets FOR SELECT USING (chip = public.made());
CREATE POLICY writing ON public.pets FOR INSERT WITH CHECK (public.known(note));
`;

let database: TestDatabase;
let connected: Connected;
let catalog: Catalog;
let reader: string;

beforeAll(async () => {
  database = await createTestDatabase(SETUP + KEYS);
  reader = `reader_${database.database}`;
  await database.query(
    `CREATE ROLE ${reader} LOGIN PASSWORD 'r'; ALTER ROLE ${reader} SET search_path = "$user", Public`,
  );
  connected = await connectQuery({ ...database, user: reader, password: 'r' });
  catalog = await loadCatalog(connected.query, 7);
});
afterAll(async () => {
  await connected?.end();
  await database?.query(`DROP ROLE IF EXISTS ${reader}`);
  await database?.drop();
});

function relation(schema: string, name: string): CatalogRelation {
  const found = catalog.relations.find((one) => one.schema === schema && one.name === name);
  if (found === undefined) throw new Error(`no relation ${schema}.${name}`);
  return found;
}
const type = (name: string) => catalog.types.find((one) => one.schema === 'public' && one.name === name);
const fn = (name: string) => catalog.functions.find((one) => one.schema === 'public' && one.name === name);

describe('a snapshot taken by a role without rights', () => {
  it('says which database, server and version it is of', () => {
    expect(catalog.version).toBe(7);
    expect(catalog.database).toBe(database.database);
    expect(catalog.serverVersion).toBeGreaterThanOrEqual(180_000);
  });

  it('lists only the schemas that the role may use, but the relations of all', () => {
    expect(catalog.schemas).toEqual(['information_schema', 'pg_catalog', 'public']);
    expect(relation('closed', 'hidden').columns.map((column) => column.name)).toEqual(['x']);
  });

  it('keeps names as the server stores them', () => {
    expect(relation('Odd Name', 'Table "1"').columns[0]?.name).toBe('Column');
  });

  it('takes names of columns for what they are, whatever is in them', () => {
    expect(relation('Odd Name', 'columns').columns.map((column) => [column.name, column.type])).toEqual([
      ['a\n2 25 -1 ssn', 'integer'],
      ['b\\n', 'integer'],
      ['c d', 'numeric(5,2)[]'],
      [' ', 'text'],
    ]);
  });

  it('lists live columns with types, defaults and generated expressions', () => {
    expect(relation('public', 'people').columns).toEqual([
      { name: 'id', number: 1, type: 'integer', typeOid: 23 },
      { name: 'name', number: 2, type: 'character varying(20)', typeOid: 1043, default: `'n'::character varying` },
      { name: 'ssn', number: 3, type: 'text', typeOid: 25 },
      { name: 'tail', number: 4, type: 'text', typeOid: 25, generated: '"right"(ssn, 3)' },
    ]);
  });

  it('lists foreign keys with both sides and what they do to the rows that refer', () => {
    expect(relation('public', 'pets').foreignKeys).toEqual([
      {
        columns: ['owner'],
        references: relation('public', 'people').oid,
        referencedColumns: ['id'],
        onDelete: 'cascade',
        onUpdate: 'setNull',
      },
    ]);
    expect(relation('public', 'vips')).not.toHaveProperty('foreignKeys');
  });

  it('lists unique indexes by their keys, expressions and predicate, and no plain ones', () => {
    expect(relation('public', 'pets').indexes).toEqual([
      { isUnique: true, columns: ['id'], expressions: [] },
      { isUnique: true, columns: ['chip', 'owner'], expressions: [] },
      { isUnique: true, columns: [], expressions: ['lower(chip)', "(note <> ''::text)"] },
    ]);
  });

  it('takes what row security checks of written rows for a CHECK, not what it hides from readers', () => {
    expect(relation('public', 'pets').checks).toEqual(['public.known(note)']);
  });

  it('counts the default of a domain among what making its values calls', () => {
    expect(type('reborn')).toMatchObject({ domainChecks: ['public.made'], baseOid: type('born')?.oid });
  });

  it('lists row-security policies by command, and whether they hide rows from the role', () => {
    expect(relation('public', 'pets')).toMatchObject({ hasRowSecurity: true, isRowSecurityActive: true });
    expect(relation('public', 'pets').policies).toEqual([
      { name: 'looking', command: 'select', using: '(chip = public.made())' },
      { name: 'writing', command: 'insert', check: 'public.known(note)' },
    ]);
    expect(relation('public', 'events')).not.toHaveProperty('policies');
  });

  it('is the same when its parts are read one by one, and says whose it is', async () => {
    const packed = await readCatalog(async (sql) => packRows(await connected.query(sql)), 7);
    const lazy = unpackCatalog(packed);
    for (const one of lazy.relations) {
      const same = catalog.relations.find(({ oid }) => oid === one.oid);
      expect([one.columns, one.definition, one.checks, one.indexes, one.foreignKeys, one.policies]).toEqual([
        same?.columns,
        same?.definition,
        same?.checks,
        same?.indexes,
        same?.foreignKeys,
        same?.policies,
      ]);
    }
    expect(lazy.role).toBe(reader);
    expect(lazy.functions.length).toBe(catalog.functions.length);
  });

  it('knows parents of inheritance and of partitions', () => {
    expect(relation('public', 'vips').parents).toEqual([relation('public', 'people').oid]);
    expect(relation('public', 'events_2025').parents).toEqual([relation('public', 'events').oid]);
    expect(relation('public', 'events').kind).toBe('partitionedTable');
  });

  it('qualifies every name in the definition of a view', () => {
    expect(relation('public', 'tails').definition).toContain('FROM public.people p');
    expect(relation('public', 'names')).toMatchObject({ kind: 'materializedView' });
    expect(relation('public', 'names').definition).toContain('FROM public.people');
  });

  it('has the system relations with columns and without definitions', () => {
    expect(relation('pg_catalog', 'pg_roles').definition).toBeUndefined();
    expect(relation('information_schema', 'columns').columns.length).toBeGreaterThan(30);
    expect(catalog.relations.some((one) => one.schema.startsWith('pg_toast'))).toBe(false);
  });

  it('lists checks, row security, enabled triggers and rules', () => {
    const people = relation('public', 'people');
    expect(people.checks).toHaveLength(1);
    expect(people.hasRowSecurity).toBe(true);
    expect(people.triggers).toMatchObject([
      { name: 'noted', functionOid: fn('note')?.oid, events: ['insert', 'update'] },
    ]);
    expect(relation('public', 'vips').rules[0]).toMatchObject({ name: 'logged', event: 'delete' });
  });

  it('describes functions: arguments, language, body', () => {
    expect(fn('many')).toMatchObject({
      kind: 'function',
      argTypeOids: [23, 25, 1007],
      argumentCountMin: 1,
      isVariadic: true,
      returnsSet: true,
      language: 'sql',
      volatility: 'stable',
    });
    expect(fn('many')?.body).toContain('public.people');
    expect(fn('note')).toMatchObject({ isSecurityDefiner: true, language: 'plpgsql' });
    const lower = catalog.functions.find((one) => one.schema === 'pg_catalog' && one.name === 'lower');
    expect(lower?.body).toBeUndefined();
  });

  it('names the functions that making a value of a type calls, through domains, arrays and rows', () => {
    expect(type('checked')?.domainChecks).toEqual(['public.known']);
    expect(type('tighter')?.domainChecks).toEqual(['public.known']);
    expect(type('_tighter')).toMatchObject({ kind: 'array', domainChecks: ['public.known'] });
    expect(type('pair')).toMatchObject({ kind: 'composite', domainChecks: ['public.known'] });
    expect(type('people')?.domainChecks).toEqual([]);
  });

  it('finds an unsafe built-in in a CHECK, which leaves no dependency', () => {
    expect(type('dumped')?.domainChecks).toEqual(['pg_catalog.query_to_xml']);
  });

  it('lists operators and casts of users only', () => {
    expect(catalog.userOperators).toEqual([{ schema: 'public', name: '===', functionOid: fn('eq')?.oid }]);
    expect(catalog.userCasts).toEqual([
      { sourceTypeOid: type('pair')?.oid, targetTypeOid: 25, functionOid: fn('to_text')?.oid },
    ]);
  });

  it('leaves the connection as it was, also when a query fails', async () => {
    const broken = loadCatalog(async (sql) => {
      if (sql.includes('pg_operator o,')) throw new Error('broken');
      return connected.query(sql);
    }, 8);
    await expect(broken).rejects.toThrow('broken');
    expect(await connected.query('SHOW search_path')).toEqual([['"$user", public']]);
  });
});

describe('namespace defaults', () => {
  it('are those of the role, with $user replaced', async () => {
    expect(await loadNamespaceDefaults(connected.query)).toEqual({
      searchPath: [reader, 'public'],
      role: reader,
      sessionUser: reader,
    });
  });
});
