import { Client, DatabaseError } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hideErrorValues, hideNoticeValues } from '../../../proxy/wire/hide-values.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

/** In every row of the tables: as text, and as a number. */
const TEXT = '900-11-4242';
const NUMBER = '987654321';
const CANARY = new RegExp(`${TEXT}|${NUMBER}|4242`);

const SCHEMA = `
CREATE EXTENSION btree_gist;
CREATE DOMAIN nine AS text CHECK (length(VALUE) < 9);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE parents (ssn text PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, ssn text UNIQUE, n int CHECK (n > 0), name text NOT NULL, note varchar(40),
  room int, EXCLUDE USING gist (room WITH =, ssn WITH =));
INSERT INTO t VALUES (1, '${TEXT}', ${NUMBER}, 'a', 'x', 1), (2, 'other', 5, 'b', 'x', 2);
INSERT INTO parents SELECT ssn FROM t;
CREATE TABLE children (ssn text REFERENCES parents);
INSERT INTO children SELECT ssn FROM parents;
CREATE TABLE flags (b bit(2));
CREATE TABLE parts (n bigint) PARTITION BY RANGE (n);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE FUNCTION raise_it(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the number is %', value USING DETAIL = value, HINT = value, CONSTRAINT = value, TABLE = value,
    COLUMN = value, SCHEMA = value, DATATYPE = value;
END $$;
CREATE FUNCTION as_cancel(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'deadlock detected by %', value USING ERRCODE = '40P01'; END $$;
CREATE FUNCTION as_unique(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'duplicate key value violates unique constraint "%"', value USING ERRCODE = '23505'; END $$;
CREATE FUNCTION dynamic(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'SELECT 1/0 -- ' || value; RETURN ''; END $$;
CREATE FUNCTION broken(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'SELECT ' || quote_ident(value); RETURN ''; END $$;
CREATE FUNCTION noticing(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN RAISE NOTICE 'the number is %', value USING DETAIL = value, HINT = value; RETURN ''; END $$;
`;

/** Statements that fail, and what of the message stays. */
const FAILING: Readonly<Record<string, string>> = {
  'UPDATE t SET name = NULL': 'null value in column "name" of relation "t" violates not-null constraint',
  'UPDATE t SET n = -n': 'new row for relation "t" violates check constraint "t_n_check"',
  'UPDATE t SET id = 2 WHERE id = 1': 'duplicate key value violates unique constraint "t_pkey"',
  [`INSERT INTO t SELECT 3, ssn, n, 'c', '', 3 FROM t`]: 'duplicate key value violates unique constraint "t_ssn_key"',
  "INSERT INTO t (id, name, room, ssn) SELECT 9, 'z', room, ssn || '' FROM t WHERE id = 1":
    'duplicate key value violates unique constraint "t_ssn_key"',
  'INSERT INTO children SELECT ssn || 1 FROM t':
    'insert or update on table "children" violates foreign key constraint "children_ssn_fkey"',
  'INSERT INTO parts SELECT n FROM t': 'no partition of relation "parts" found for row',
  'INSERT INTO parts1 SELECT n FROM t': 'new row for relation "parts1" violates partition constraint',
  'SELECT ssn::int FROM t': 'invalid input syntax for type integer: "…"',
  'SELECT ssn::date FROM t': 'date/time field value out of range: "…"',
  'SELECT ssn::uuid FROM t': 'invalid input syntax for type uuid: "…"',
  'SELECT ssn::json FROM t': 'invalid input syntax for type json',
  'SELECT n::text::smallint FROM t': 'value "…" is out of range for type smallint',
  'SELECT n::smallint FROM t': 'smallint out of range',
  'SELECT ssn::mood FROM t': 'invalid input value for enum mood: "…"',
  'SELECT ssn::nine FROM t': 'value for domain nine violates check constraint "nine_check"',
  'SELECT ssn::int[] FROM t': 'malformed array literal: "…"',
  'SELECT ssn::int4range FROM t': 'malformed range literal: "…"',
  'SELECT ssn::numeric(3, 2) FROM t': 'invalid input syntax for type numeric: "…"',
  'SELECT n::numeric(3, 2) FROM t': 'numeric field overflow',
  'UPDATE t SET note = repeat(ssn, 9)': 'value too long for type character varying(40)',
  "INSERT INTO flags SELECT repeat('1', length(ssn))::varbit FROM t": 'data exception',
  'SELECT 1 / (n - n) FROM t': 'division by zero',
  'SELECT ssn::regclass FROM t': 'syntax error or access rule violation',
  'SELECT (ssn || 1)::regrole FROM t': 'syntax error or access rule violation',
  'SELECT make_date(n, 13, 1) FROM t': 'datetime field overflow',
  "SELECT get_byte('abc', n) FROM t": 'data exception',
  'SELECT chr(n) FROM t': 'error 54000',
  'SELECT now() AT TIME ZONE ssn FROM t': 'time zone "…" not recognized',
  "SELECT set_config('work_mem', ssn, true) FROM t": 'invalid parameter value',
  "SELECT to_date(ssn, 'YYYY-MM-DD') FROM t": 'date/time field value out of range: "…"',
  "SELECT jsonb_path_query('{}', ssn::jsonpath) FROM t": 'syntax error or access rule violation',
  'SELECT raise_it(ssn) FROM t': 'a function raised an exception',
  'SELECT as_cancel(ssn) FROM t': 'error 40P01',
  'SELECT as_unique(ssn) FROM t': 'unique violation',
  'SELECT dynamic(ssn) FROM t': 'division by zero',
  'SELECT broken(ssn) FROM t': 'syntax error or access rule violation',
};

const CODES = {
  severity: 'S',
  code: 'C',
  message: 'M',
  detail: 'D',
  hint: 'H',
  position: 'P',
  internalPosition: 'p',
  internalQuery: 'q',
  where: 'W',
  schema: 's',
  table: 't',
  column: 'c',
  dataType: 'd',
  constraint: 'n',
  file: 'F',
  line: 'L',
  routine: 'R',
} as const;

const FIELD_NAMES = [
  'severity',
  'code',
  'message',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

type Reported = Partial<Record<keyof typeof CODES, string | undefined>>;

function fieldsOf(reported: Reported): Map<string, string> {
  const fields = new Map<string, string>();
  for (const name of FIELD_NAMES) {
    const value = reported[name];
    if (value !== undefined) fields.set(CODES[name], value);
  }
  return fields;
}

let db: TestDatabase;
let client: Client;
beforeAll(async () => {
  db = await createTestDatabase(SCHEMA);
  client = new Client({ ...db, ssl: false });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await db.drop();
});

/** What the server says of a statement that fails. */
async function failureOf(sql: string): Promise<Map<string, string>> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
  } catch (error) {
    if (error instanceof DatabaseError) return fieldsOf(error);
    throw error;
  } finally {
    await client.query('ROLLBACK');
  }
  throw new Error(`did not fail: ${sql}`);
}

describe('an error of a statement whose rows are hidden', () => {
  it.each(Object.entries(FAILING))('shows no value: %s', async (sql, message) => {
    const fields = await failureOf(sql);
    const shown = hideErrorValues(fields, 'hidden');
    expect([...shown.values()].filter((value) => CANARY.test(value))).toEqual([]);
    expect(shown.get('M')).toBe(message);
    expect(shown.get('D')).toBe('hidden');
    expect(shown.get('C')).toBe(fields.get('C'));
  });

  it('has values in it upstream: else the rule above would prove nothing', async () => {
    let withCanary = 0;
    for (const sql of Object.keys(FAILING)) {
      if ([...(await failureOf(sql)).values()].some((value) => CANARY.test(value))) withCanary += 1;
    }
    expect(withCanary).toBeGreaterThan(Object.keys(FAILING).length / 2);
  });

  it('keeps the names of constraint, table and column', async () => {
    const shown = hideErrorValues(await failureOf('UPDATE t SET name = NULL'), 'hidden');
    expect([shown.get('s'), shown.get('t'), shown.get('c')]).toEqual(['public', 't', 'name']);
  });

  it('passes as it is where it comes from the text alone, before any row', async () => {
    for (const sql of ["SELECT * FROM t WHERE id = 'abc'", 'SELECT nothing FROM t', "UPDATE t SET room = 'x'"]) {
      const fields = await failureOf(sql);
      expect(hideErrorValues(fields, 'hidden')).toEqual(fields);
    }
  });

  it('passes as it is where it speaks of the server: a cancel, a timeout', async () => {
    await client.query("SET statement_timeout = '1ms'");
    const fields = await failureOf('SELECT count(*) FROM t a, generate_series(1, 10000000)');
    await client.query('RESET statement_timeout');
    expect(hideErrorValues(fields, 'hidden').get('M')).toBe('canceling statement due to statement timeout');
  });

  it('says in which line of COPY it was', () => {
    const fields = new Map([
      ['S', 'ERROR'],
      ['C', '22P02'],
      ['M', `invalid input syntax for type integer: "${TEXT}"`],
      ['W', `COPY t, line 3, column id: "${TEXT}"`],
      ['F', 'numutils.c'],
    ]);
    expect(hideErrorValues(fields, 'hidden').get('W')).toBe('COPY t, line 3, column id');
  });

  it('is only a condition name where a server does not say what code raised it', () => {
    const fields = new Map([
      ['C', '23505'],
      ['M', `duplicate key value violates unique constraint "${TEXT}"`],
    ]);
    expect(hideErrorValues(fields, 'hidden').get('M')).toBe('unique violation');
  });
});

describe('a notice of a statement whose rows are hidden', () => {
  async function noticesOf(sql: string): Promise<readonly Map<string, string>[]> {
    const notices: Map<string, string>[] = [];
    const listen = (notice: Reported): unknown => notices.push(fieldsOf(notice));
    client.on('notice', listen);
    await client.query(sql);
    client.off('notice', listen);
    return notices;
  }

  it('shows nothing that a function says', async () => {
    const [notice] = await noticesOf('SELECT noticing(ssn) FROM t WHERE id = 1');
    expect([...(notice ?? [])].join()).toMatch(CANARY);
    const shown = hideNoticeValues(notice ?? new Map(), 'hidden');
    expect([...shown].join()).not.toMatch(CANARY);
    expect(shown.get('D')).toBe('hidden');
  });

  it('passes as it is where the server itself says it', async () => {
    const [notice] = await noticesOf('DROP TABLE IF EXISTS nowhere');
    expect(hideNoticeValues(notice ?? new Map(), 'hidden')).toBe(notice);
  });
});
