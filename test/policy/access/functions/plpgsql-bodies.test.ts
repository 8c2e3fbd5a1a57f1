import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BodiesWorld, openBodiesWorld } from './bodies-world.ts';

const fn = (head: string, body: string): string =>
  `CREATE FUNCTION ${head} LANGUAGE plpgsql AS $body$ ${body} $body$;\n`;

const FUNCTIONS = [
  fn(
    'by_into(cid int) RETURNS text',
    'DECLARE r text; BEGIN SELECT ssn INTO r FROM customers WHERE id = cid; RETURN r; END',
  ),
  fn(
    'by_assign() RETURNS text',
    'DECLARE r text; s text; BEGIN s := (SELECT max(ssn) FROM customers); r := s; RETURN r; END',
  ),
  fn('unused() RETURNS text', "DECLARE r text; BEGIN SELECT ssn INTO r FROM customers; RETURN 'x'; END"),
  fn('by_default() RETURNS text', 'DECLARE r text := (SELECT max(ssn) FROM customers); BEGIN RETURN r; END'),
  fn(
    'by_record() RETURNS text',
    'DECLARE r record; BEGIN FOR r IN SELECT name, ssn AS tax FROM customers LOOP RETURN r.tax; END LOOP; END',
  ),
  fn(
    'other_field() RETURNS text',
    'DECLARE r record; BEGIN FOR r IN SELECT name, ssn AS tax FROM customers LOOP RETURN r.name; END LOOP; END',
  ),
  fn(
    'by_rowtype() RETURNS text',
    'DECLARE r customers%ROWTYPE; BEGIN SELECT * INTO r FROM customers; RETURN r.ssn; END',
  ),
  fn('by_row() RETURNS customers', 'DECLARE r public.customers; BEGIN SELECT * INTO r FROM customers; RETURN r; END'),
  fn('by_out(OUT a text, OUT b text)', 'BEGIN SELECT name, ssn INTO a, b FROM customers; END'),
  fn('by_query() RETURNS SETOF text', 'BEGIN RETURN QUERY SELECT ssn FROM customers; END'),
  fn('by_next() RETURNS TABLE (k text)', 'BEGIN FOR k IN SELECT ssn FROM customers LOOP RETURN NEXT; END LOOP; END'),
  fn(
    'by_cursor() RETURNS text',
    "DECLARE c CURSOR (n text) FOR SELECT ssn FROM customers WHERE name = n; r text; BEGIN OPEN c('x'); FETCH c INTO r; CLOSE c; RETURN r; END",
  ),
  fn('by_notice() RETURNS void', "BEGIN RAISE NOTICE 'it is %', (SELECT max(ssn) FROM customers); END"),
  fn(
    'by_error() RETURNS text',
    'DECLARE r text; BEGIN SELECT ssn INTO r FROM customers; RETURN NULL; EXCEPTION WHEN others THEN RETURN SQLERRM; END',
  ),
  fn('by_way() RETURNS int', "BEGIN IF (SELECT max(ssn) FROM customers) > '5' THEN RETURN 1; END IF; RETURN 0; END"),
  fn('by_alias(text) RETURNS text', 'DECLARE x ALIAS FOR $1; BEGIN RETURN x; END'),
  fn('by_call() RETURNS text', 'DECLARE r text; BEGIN CALL give(r); RETURN r; END'),
  fn(
    'late() RETURNS text',
    'DECLARE a text; b text; BEGIN LOOP EXIT WHEN b IS NOT NULL; b := a; SELECT ssn INTO a FROM customers; END LOOP; RETURN b; END',
  ),
  fn('qualified(id int) RETURNS text', 'BEGIN RETURN (SELECT name FROM customers c WHERE c.id = qualified.id); END'),
  fn(
    'ambiguous(ssn text) RETURNS text',
    '#variable_conflict use_column\n BEGIN RETURN (SELECT max(ssn) FROM customers); END',
  ),
  fn('constant_text() RETURNS text', "DECLARE r text; BEGIN EXECUTE 'SELECT ssn FROM customers' INTO r; RETURN r; END"),
  fn('made_text(x text) RETURNS text', "DECLARE r text; BEGIN EXECUTE 'SELECT ' || x INTO r; RETURN r; END"),
  fn('for_made_text(x text) RETURNS void', 'DECLARE r record; BEGIN FOR r IN EXECUTE x LOOP NULL; END LOOP; END'),
  fn('query_made_text(x text) RETURNS SETOF text', 'BEGIN RETURN QUERY EXECUTE x USING 1; END'),
  fn('open_made_text(x text) RETURNS void', 'DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE x; END'),
  fn('foreign_cursor(c refcursor) RETURNS text', 'DECLARE r text; BEGIN FETCH c INTO r; RETURN r; END'),
  fn('portal() RETURNS refcursor', 'DECLARE c refcursor; BEGIN OPEN c FOR SELECT ssn FROM customers; RETURN c; END'),
  fn('moves() RETURNS void', 'BEGIN SET search_path = finance; END'),
  fn(
    'temp_table() RETURNS text',
    'BEGIN CREATE TEMP TABLE t AS SELECT ssn FROM customers; RETURN (SELECT max(ssn) FROM t); END',
  ),
  fn('unknown_table() RETURNS text', 'BEGIN RETURN (SELECT x FROM not_yet); END'),
  fn(
    'again(n int) RETURNS text',
    'DECLARE r text; BEGIN r := again(n - 1); SELECT ssn INTO r FROM customers WHERE name = r; RETURN NULL; END',
  ),
  fn(
    'writes(n int) RETURNS void',
    'BEGIN INSERT INTO audit SELECT name, ssn FROM customers; DELETE FROM orders WHERE id = n; END',
  ),
  'CREATE PROCEDURE give(INOUT r text) LANGUAGE plpgsql AS $$ BEGIN SELECT ssn INTO r FROM customers; COMMIT; END $$;\n',
].join('');

const SSN = 'select public.customers.ssn output via function';
const SSN_READ = 'select public.customers.ssn condition via function';

describe('a call of a PL/pgSQL function', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(FUNCTIONS);
  });
  afterAll(async () => world.close());

  it.each([
    'by_into(1)',
    'by_assign()',
    'by_default()',
    'by_record()',
    'by_rowtype()',
    'by_row()',
    'by_query()',
    'by_next()',
    'by_cursor()',
    'by_notice()',
    'by_error()',
    'by_way()',
    'by_call()',
    'late()',
    "ambiguous('x')",
    'constant_text()',
    'portal()',
  ])('%s shows what it returns or tells', (call) => {
    const lines = world.lines(`SELECT ${call}`);
    expect(lines).toContain(SSN);
    expect(lines).toContain(`execute public.${call.replace(/\(.*/, '')} seen`);
  });

  it.each(['unused()', 'other_field()'])('%s reads what it does not return', (call) => {
    const lines = world.lines(`SELECT ${call}`);
    expect(lines).toContain(SSN_READ);
    expect(lines).not.toContain(SSN);
  });

  it('gives OUT parameters and columns of row types one by one', () => {
    expect(world.lines('SELECT a FROM by_out()')).not.toContain(SSN);
    expect(world.lines('SELECT b FROM by_out()')).toContain(SSN);
    expect(world.lines('SELECT name FROM by_row()')).not.toContain(SSN);
  });

  it('hands its arguments on', () => {
    const { result } = world.statement('SELECT by_alias(note) FROM orders');
    expect(result?.[0]?.sources.map(({ resource }) => resource)).toMatchObject([{ table: 'orders', column: 'note' }]);
    expect(world.lines('SELECT qualified(1)')).toEqual([
      'execute public.qualified seen',
      'select public.customers.id condition via function',
      'select public.customers.name output via function',
    ]);
  });

  it.each([
    ["made_text('x')", 'EXECUTE'],
    ["for_made_text('x')", 'EXECUTE'],
    ["query_made_text('x')", 'EXECUTE'],
    ["open_made_text('x')", 'EXECUTE'],
    ["foreign_cursor('x')", 'FETCH from a cursor from elsewhere'],
    ['moves()', 'sets search_path'],
    ['unknown_table()', 'relation "not_yet" does not exist'],
  ])('%s is not seen through: %s', (call, why) => {
    const facts = world.statement(`SELECT ${call}`);
    const name = call.replace(/\(.*/, '');
    expect(world.lines(`SELECT ${call}`)).toEqual(
      expect.arrayContaining([`execute public.${name}`, `opaque public.${name}`]),
    );
    expect(facts.opaque.map(({ what }) => what).join()).toContain(why);
  });

  it('is not seen through where it makes temporary tables, and is charged with what can be told', () => {
    expect(world.lines('SELECT temp_table()')).toEqual(
      expect.arrayContaining(['opaque public.temp_table', SSN_READ.replace('condition', 'output')]),
    );
  });

  it('counts what a function that calls itself reads as output', () => {
    expect(world.lines('SELECT again(3)')).toContain(SSN);
  });

  it('writes what its body writes', () => {
    const facts = world.statement('SELECT writes(1)');
    expect(facts.isReadOnly).toBe(false);
    expect(world.lines('SELECT writes(1)')).toEqual(
      expect.arrayContaining([SSN, 'insert public.audit.what write via function', 'delete public.orders via function']),
    );
    expect(facts.flows?.map(({ target }) => target)).toContainEqual(
      expect.objectContaining({ table: 'audit', column: 'what' }),
    );
  });
});

describe('a DO block', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(FUNCTIONS);
  });
  afterAll(async () => world.close());

  it('that touches nothing needs the right to connect alone', () => {
    expect(world.lines("DO $$ BEGIN RAISE NOTICE 'ssn'; END $$")).toEqual(['connect database']);
  });

  it('is judged by what it does', () => {
    expect(world.lines('DO $$ BEGIN PERFORM count(*) FROM orders; END $$')).toEqual(['select public.orders output']);
    expect(
      world.lines(
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT ssn FROM customers LOOP RAISE NOTICE '%', r.ssn; END LOOP; END $$",
      ),
    ).toEqual(['select public.customers.ssn output']);
    expect(world.lines('DO $$ BEGIN DELETE FROM orders; COMMIT; END $$')).toEqual(['delete public.orders']);
    expect(world.statement('DO $$ BEGIN DELETE FROM orders; END $$').isReadOnly).toBe(false);
    expect(world.statement('DO $$ BEGIN DELETE FROM orders; END $$').effects).toEqual([]);
  });

  it.each([
    "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'x'; END $$",
    'DO $$ BEGIN CREATE TABLE t (a int); END $$',
    'DO $$ BEGIN SET search_path = finance; END $$',
    "DO $$ BEGIN PERFORM set_config('search_path', 'finance', false); END $$",
    'DO $$ BEGIN nonsense END $$',
    "DO LANGUAGE plperl 'x'",
  ])('%s is code that nobody can judge', (text) => {
    const facts = world.statement(text);
    expect(world.lines(text)).toEqual(expect.arrayContaining(['opaque database', 'ddl database']));
    expect(facts.effects).toContainEqual({ kind: 'ddl' });
  });

  it('is seen through with the functions that it calls', () => {
    expect(world.lines('DO $$ BEGIN PERFORM by_into(1); END $$')).toContain('execute public.by_into seen');
    expect(world.lines("DO $$ BEGIN PERFORM made_text('x'); END $$")).toContain('opaque public.made_text');
  });
});
