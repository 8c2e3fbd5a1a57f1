import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BodiesWorld, openBodiesWorld } from './bodies-world.ts';

const trigger = (name: string, body: string): string =>
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN ${body} END $body$;\n`;

const SETUP = [
  'CREATE TABLE tickets (id int, customer_id int, ident text, state text, changed timestamptz);',
  'CREATE TABLE stamped (id int, name text, secret text, changed timestamptz);',
  'CREATE TABLE logged (id int, name text, secret text);',
  'CREATE TABLE watched (id int, state text, other text);',
  'CREATE TABLE circle (id int); CREATE TABLE ruled (id int, customer_id int); CREATE TABLE ruled_log (id int, who text);',
  'CREATE TABLE emptied (id int); CREATE TABLE replaced (id int, name text);',
  'CREATE VIEW shown AS SELECT id, ssn FROM customers;',
  trigger('fill', 'SELECT ssn INTO NEW.ident FROM customers WHERE id = NEW.customer_id; RETURN NEW;'),
  'CREATE TABLE gone (id int, secret text);',
  trigger('keep', 'INSERT INTO audit SELECT id::text, secret FROM orders; RETURN NULL;'),
  'CREATE TRIGGER a AFTER DELETE ON gone REFERENCING OLD TABLE AS orders FOR EACH STATEMENT EXECUTE FUNCTION keep();',
  trigger('stamp', 'NEW.changed := now(); RETURN NEW;'),
  trigger(
    'log_row',
    'INSERT INTO audit VALUES (TG_OP, to_jsonb(CASE TG_OP WHEN $$DELETE$$ THEN OLD ELSE NEW END)); RETURN COALESCE(NEW, OLD);',
  ),
  trigger('spy', 'PERFORM 1 FROM customers WHERE ssn = NEW.state; RETURN NULL;'),
  trigger('again', 'UPDATE circle SET id = id + 1; RETURN NEW;'),
  trigger('dynamic', 'EXECUTE TG_ARGV[0]; RETURN NEW;'),
  trigger('swap', 'SELECT id, ssn INTO NEW FROM customers; RETURN NEW;'),
  trigger('through_view', 'UPDATE customers SET ssn = NEW.ssn WHERE id = OLD.id; RETURN NEW;'),
  'CREATE TRIGGER a BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION fill();',
  'CREATE TRIGGER a BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();',
  'CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON logged FOR EACH ROW EXECUTE FUNCTION log_row();',
  'CREATE TRIGGER a AFTER UPDATE OF state ON watched FOR EACH ROW WHEN (OLD.other IS DISTINCT FROM NEW.state) EXECUTE FUNCTION spy();',
  'CREATE TRIGGER a BEFORE UPDATE ON circle FOR EACH ROW EXECUTE FUNCTION again();',
  "CREATE TRIGGER a BEFORE TRUNCATE ON emptied EXECUTE FUNCTION dynamic('x');",
  'CREATE TRIGGER a BEFORE INSERT ON replaced FOR EACH ROW EXECUTE FUNCTION swap();',
  'CREATE TRIGGER a INSTEAD OF UPDATE ON shown FOR EACH ROW EXECUTE FUNCTION through_view();',
  `CREATE RULE also AS ON INSERT TO ruled DO ALSO
     INSERT INTO ruled_log SELECT NEW.id, c.ssn FROM customers c WHERE c.id = NEW.customer_id;`,
].join('\n');

describe('a trigger', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(SETUP);
  });
  afterAll(async () => world.close());

  it('that looks something up stores it', () => {
    const lines = world.lines('INSERT INTO tickets (id, customer_id) VALUES (1, 17)');
    expect(lines).toContain('select public.customers.ssn output via trigger');
    expect(lines).toContain('execute public.fill seen via trigger');
    expect(world.statement('INSERT INTO tickets (id) VALUES (1)').flows).toMatchObject([
      { target: { table: 'tickets', column: 'ident' }, sources: [{ resource: { table: 'customers', column: 'ssn' } }] },
    ]);
  });

  it('that hands its row on reads nothing', () => {
    expect(world.lines("UPDATE stamped SET name = 'x'")).toEqual([
      'execute public.stamp seen via trigger',
      'update public.stamped.name write',
    ]);
  });

  it('that logs the row that is there reads all of it; a row that comes in was judged where it came from', () => {
    expect(world.lines('DELETE FROM logged')).toContain('select public.logged.secret output via trigger');
    expect(world.lines("INSERT INTO logged VALUES (1, 'x', 'y')")).not.toContain(
      'select public.logged.secret output via trigger',
    );
    expect(world.lines('DELETE FROM logged')).toContain('insert public.audit.what write via trigger');
  });

  it('counts with its condition, and only for the columns that it is for', () => {
    expect(world.lines("UPDATE watched SET state = 'x'")).toEqual([
      'execute public.spy seen via trigger',
      'select public.customers.ssn condition via trigger',
      'select public.watched.other condition via trigger',
      'select public.watched.state condition via trigger',
      'update public.watched.state write',
    ]);
    expect(world.lines("UPDATE watched SET other = 'x'")).toEqual(['update public.watched.other write']);
  });

  it('reads the rows of the statement under the name that it gives them', () => {
    const lines = world.lines('DELETE FROM gone');
    expect(lines).toContain('select public.gone.secret output via trigger');
    expect(lines.filter((line) => line.includes('orders'))).toEqual([]);
  });

  it('that sets itself off ends', () => {
    expect(world.lines('UPDATE circle SET id = 1')).toContain('update public.circle.id write via trigger');
  });

  it('that gives another row stores that', () => {
    expect(world.lines('INSERT INTO replaced (id) VALUES (1)')).toContain(
      'select public.customers.ssn output via trigger',
    );
  });

  it('of TRUNCATE and with a made text is not seen through', () => {
    expect(world.lines('TRUNCATE emptied')).toEqual(
      expect.arrayContaining(['execute public.dynamic via trigger', 'opaque public.dynamic']),
    );
  });

  it('in the place of a write to a view does what its body says', () => {
    expect(world.lines("UPDATE shown SET ssn = 'x'")).toContain('update public.customers.ssn write via trigger');
  });
});

describe('a rule', () => {
  let world: BodiesWorld;
  beforeAll(async () => {
    world = await openBodiesWorld(SETUP);
  });
  afterAll(async () => world.close());

  it('does what its actions say', () => {
    const lines = world.lines('INSERT INTO ruled VALUES (1, 17)');
    expect(lines).toContain('select public.customers.ssn output via trigger');
    expect(lines).toContain('insert public.ruled_log.who write via trigger');
    expect(lines.filter((line) => line.startsWith('opaque'))).toEqual([]);
  });
});
