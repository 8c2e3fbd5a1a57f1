import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BodiesWorld, openBodiesWorld } from './bodies-world.ts';

const FUNCTIONS = `
CREATE FUNCTION get_ssn(cid int) RETURNS text LANGUAGE sql AS 'SELECT c.ssn FROM customers c WHERE c.id = cid';
CREATE FUNCTION atomic_ssn(cid int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT ssn FROM customers WHERE id = cid; END;
CREATE FUNCTION returned_ssn(cid int) RETURNS text LANGUAGE sql RETURN (SELECT max(ssn) FROM customers WHERE id = $1);
CREATE FUNCTION own_path() RETURNS text LANGUAGE sql SET search_path = finance AS 'SELECT ssn FROM customers';
CREATE FUNCTION nested() RETURNS text LANGUAGE sql AS 'SELECT get_ssn(17)';
CREATE FUNCTION everyone() RETURNS SETOF customers LANGUAGE sql AS 'SELECT * FROM customers';
CREATE FUNCTION people(cc text, OUT nr int, OUT tax text) RETURNS SETOF record LANGUAGE sql
  AS 'SELECT id, ssn FROM customers WHERE country = cc';
CREATE FUNCTION shadowed(ssn text) RETURNS SETOF text LANGUAGE sql AS 'SELECT ssn FROM customers';
CREATE FUNCTION qualified(ssn int) RETURNS SETOF text LANGUAGE sql AS 'SELECT name FROM customers WHERE id = qualified.ssn';
CREATE FUNCTION ssn_of(c customers) RETURNS text LANGUAGE sql AS 'SELECT c.ssn';
CREATE FUNCTION same(x text) RETURNS text LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION record_it(x text) RETURNS void LANGUAGE sql AS 'INSERT INTO audit VALUES (x, $1)';
CREATE FUNCTION loops(n int) RETURNS text LANGUAGE sql AS 'SELECT loops(n - 1) FROM customers WHERE ssn = ''x''';
CREATE FUNCTION ping(n text) RETURNS text LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION pong(n text) RETURNS text LANGUAGE sql AS 'SELECT ping(ssn) FROM customers WHERE name = n';
CREATE OR REPLACE FUNCTION ping(n text) RETURNS text LANGUAGE sql AS 'SELECT pong(n)';
CREATE FUNCTION with_default(n int, x text DEFAULT get_ssn(1)) RETURNS text LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION overloaded(n int) RETURNS text LANGUAGE sql AS 'SELECT ssn FROM customers';
CREATE FUNCTION overloaded(n int, m int) RETURNS text LANGUAGE sql AS 'SELECT name FROM customers';
CREATE FUNCTION typed(n int) RETURNS text LANGUAGE sql AS 'SELECT name FROM customers';
CREATE FUNCTION typed(n text) RETURNS text LANGUAGE sql AS 'SELECT ssn FROM customers';
CREATE FUNCTION typed(n jsonb) RETURNS text LANGUAGE sql AS 'SELECT country FROM customers';
CREATE FUNCTION makes_table() RETURNS void LANGUAGE sql AS 'CREATE TEMP TABLE t AS SELECT ssn FROM customers';
CREATE FUNCTION moves() RETURNS void LANGUAGE sql AS 'SET search_path = finance';
CREATE FUNCTION moves_by_call() RETURNS text LANGUAGE sql AS 'SELECT set_config(''search_path'', ''finance'', false)';
CREATE FUNCTION empties() RETURNS void LANGUAGE sql AS 'TRUNCATE orders';
CREATE FUNCTION definer_ssn() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT ssn FROM customers';
CREATE FUNCTION writes_unqualified() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO audit SELECT ssn FROM public.customers';
CREATE FUNCTION acc(text, int) RETURNS text LANGUAGE sql AS 'SELECT $1 || get_ssn($2)';
CREATE AGGREGATE ssn_list(int) (SFUNC = acc, STYPE = text);
CREATE FUNCTION broken() RETURNS text LANGUAGE sql AS 'SELECT 1::text';
CREATE FUNCTION replica() RETURNS text LANGUAGE sql SET session_replication_role = 'replica' AS 'SELECT 1::text';
CREATE VIEW calls AS SELECT id, get_ssn(id) AS tax FROM orders;
CREATE TABLE badges (id int, holder text DEFAULT get_ssn(17));
CREATE PROCEDURE note(k int, INOUT res text) LANGUAGE sql AS 'SELECT ssn FROM customers WHERE id = k';
`;

const SSN = 'select public.customers.ssn output via function';
const seen = (name: string): string => `execute public.${name} seen`;

describe('a call of an SQL function', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(FUNCTIONS);
  });
  afterAll(async () => world.close());

  it.each([
    ['SELECT get_ssn(17)', ['get_ssn'], [SSN, 'select public.customers.id condition via function']],
    ['SELECT atomic_ssn(17)', ['atomic_ssn'], [SSN, 'select public.customers.id condition via function']],
    ['SELECT returned_ssn(17)', ['returned_ssn'], [SSN, 'select public.customers.id condition via function']],
    ['SELECT own_path()', ['own_path'], ['select finance.customers.ssn output via function']],
    ['SELECT definer_ssn()', ['definer_ssn'], [SSN]],
    [
      'SELECT nested()',
      ['nested'],
      [SSN, 'execute public.get_ssn seen via function', 'select public.customers.id condition via function'],
    ],
    [
      "SELECT nr FROM people('DE')",
      ['people'],
      [
        'select public.customers.country condition via function',
        'select public.customers.id output via function',
        'select public.customers.ssn condition via function',
      ],
    ],
    [
      'SELECT shadowed(name) FROM customers',
      ['shadowed'],
      [SSN, 'select public.customers.name condition', 'select public.customers.name output'],
    ],
    [
      'SELECT qualified(1)',
      ['qualified'],
      ['select public.customers.id condition via function', 'select public.customers.name output via function'],
    ],
    ['SELECT same(note) FROM orders', ['same'], ['select public.orders.note output']],
    ['SELECT overloaded(1, 2)', ['overloaded'], ['select public.customers.name output via function']],
    [
      'SELECT with_default(1)',
      ['with_default'],
      [SSN, 'execute public.get_ssn seen via function', 'select public.customers.id condition via function'],
    ],
    ["SELECT with_default(1, 'x')", ['with_default'], []],
    [
      'SELECT ssn_list(id) FROM orders',
      ['ssn_list'],
      [
        SSN,
        'execute public.acc seen via function',
        'execute public.get_ssn seen via function',
        'select public.customers.id condition via function',
        'select public.orders.id output',
      ],
    ],
  ])('%s is charged with what the body touches', (text, functions, others) => {
    expect(world.lines(text)).toEqual([...functions.map(seen), ...others].sort());
  });

  it.each([
    ['typed(1)', ['name']],
    ['typed(id)', ['name']],
    ['typed(id::bigint)', ['name']],
    ['typed(name)', ['ssn']],
    ["typed('x'::varchar)", ['ssn']],
    ['typed(to_jsonb(id))', ['country']],
    ["typed('x')", ['country', 'name', 'ssn']],
    ['typed(NULL)', ['country', 'name', 'ssn']],
    ['typed($1)', ['country', 'name', 'ssn']],
  ])('%s counts as the overloads that its arguments allow', (call, columns) => {
    const lines = world.lines(`SELECT ${call} FROM customers`).filter((one) => one.endsWith('output via function'));
    expect(lines).toEqual(columns.map((column) => `select public.customers.${column} output via function`));
  });

  it('charges the place of the call', () => {
    const [access] = world.statement('SELECT get_ssn(17)').accesses.filter(({ action }) => action === 'select');
    expect(access?.spans).toEqual([{ start: 7, end: 14 }]);
  });

  it('keeps the overload', () => {
    const [access] = world.statement('SELECT overloaded(1, 2)').accesses;
    expect(access?.resource).toMatchObject({ signature: 'n integer, m integer' });
  });

  it('gives the columns that a set of rows comes from, each by itself', () => {
    expect(world.lines('SELECT name FROM everyone()')).toContain('select public.customers.ssn condition via function');
    expect(world.lines('SELECT name FROM everyone()')).not.toContain(SSN);
    expect(world.lines('SELECT ssn FROM everyone()')).toContain(SSN);
    expect(world.lines('SELECT (everyone()).ssn')).toContain(SSN);
    expect(world.lines('SELECT (everyone()).name')).not.toContain(SSN);
    expect(world.lines('SELECT everyone()')).toContain(SSN);
  });

  it('resolves names with the path of the caller where the function has none, and in a temporary table of theirs', () => {
    expect(world.lines('SELECT public.definer_ssn()', { searchPath: ['finance', 'public'] })).toContain(
      'select finance.customers.ssn output via function',
    );
    const temp = { name: 'customers', columns: ['ssn'], sources: [] };
    expect(world.lines('SELECT definer_ssn()', { temps: [temp] })).toEqual([seen('definer_ssn')]);
    expect(world.lines('SELECT own_path()', { temps: [temp] })).toEqual([seen('own_path')]);
    expect(world.lines('SELECT atomic_ssn(1)', { temps: [temp] })).toContain(SSN);
  });

  it('taints a temporary table of the caller that a body writes to', () => {
    const temp = { name: 'audit', columns: ['who', 'what'], sources: [] };
    const { effects } = world.statement('SELECT writes_unqualified()', { temps: [temp] });
    expect(JSON.stringify(effects)).toContain('"column":"ssn"');
    const given = world.statement('SELECT record_it(ssn) FROM customers', { temps: [temp] });
    expect(JSON.stringify(given.effects)).toContain('"column":"ssn"');
  });

  it('is judged with the names of each session where a view calls it', () => {
    expect(world.lines('SELECT tax FROM public.calls')).toContain('select public.customers.ssn output via view');
    expect(world.lines('SELECT tax FROM public.calls', { searchPath: ['finance'] })).toContain(
      'select finance.customers.ssn output via view',
    );
    expect(world.lines('SELECT tax FROM public.calls')).toContain('select public.customers.ssn output via view');
  });

  it('writes what its body writes, with the values that it is given', () => {
    const facts = world.statement("SELECT record_it(ssn) FROM customers WHERE name = 'x'");
    expect(world.lines('SELECT record_it(ssn) FROM customers')).toContain('insert public.audit.who write via function');
    expect(facts.isReadOnly).toBe(false);
    expect(JSON.stringify(facts.flows)).toContain('"column":"ssn"');
    expect(world.statement('SELECT get_ssn(1)').isReadOnly).toBe(true);
    expect(world.lines('SELECT empties()')).toContain('truncate public.orders via function');
  });

  it('ends where functions call themselves or one another, and counts what they read as output', () => {
    expect(world.lines('SELECT loops(3)')).toContain(SSN);
    expect(world.lines("SELECT ping('x')")).toContain(SSN);
    expect(world.lines("SELECT pong('x')")).toContain(SSN);
    // In any order: what was worked out inside of a circle is not kept for outside of it.
    expect(world.lines("SELECT ping('x')")).toContain('select public.customers.name output via function');
    expect(world.lines("SELECT pong('x')")).toContain('select public.customers.name output via function');
  });

  it.each([
    ['makes_table', 'makes or drops temporary tables'],
    ['moves', 'sets search_path'],
    ['moves_by_call', 'sets search_path'],
    ['replica', 'SET session_replication_role'],
  ])('%s is not seen through: it %s', (name, why) => {
    const facts = world.statement(`SELECT ${name}()`);
    expect(world.lines(`SELECT ${name}()`)).toEqual(
      expect.arrayContaining([`execute public.${name}`, `opaque public.${name}`]),
    );
    expect(facts.opaque.map(({ what }) => what).join()).toContain(why);
    expect(facts.isReadOnly).toBe(false);
  });

  it('charges defaults and procedures by the same road', () => {
    expect(world.lines('INSERT INTO badges DEFAULT VALUES')).toContain(
      'select public.customers.ssn output via default',
    );
    expect(world.lines('CALL note(17, NULL)')).toContain(SSN);
    expect(world.statement('CALL note(17, NULL)').effects).toEqual([]);
    expect(world.statement('CALL note(17, NULL)').result?.[0]?.isOpen).toBe(true);
  });
});
