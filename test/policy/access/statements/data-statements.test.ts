import { describe, expect, it } from 'vitest';
import { DDL_KINDS } from '../../../../policy/access/statements/ddl-kinds.ts';
import { accessesOf, refusalOf, statementOf, statementsOf } from './reading.ts';

describe('COPY', () => {
  it('TO STDOUT reads every column, or the ones named', () => {
    expect(accessesOf('COPY notes TO STDOUT')).toEqual([
      'select public.notes.id output',
      'select public.notes.note output',
    ]);
    expect(accessesOf('COPY finance.customers (ssn) TO STDOUT')).toEqual(['select finance.customers.ssn output']);
    expect(accessesOf('COPY (SELECT note FROM notes) TO STDOUT')).toEqual(['select public.notes.note output']);
  });

  it('FROM STDIN inserts, and fires triggers', () => {
    expect(accessesOf('COPY customers (name) FROM STDIN')).toEqual([
      'execute function public.log_change none via trigger',
      'insert public.customers.name write',
    ]);
    expect(statementOf('COPY notes FROM STDIN').isReadOnly).toBe(false);
  });

  it('WHERE calls functions but reads no row of the table', () => {
    expect(accessesOf('COPY notes (note) FROM STDIN WHERE get_ssn(note) IS NULL')).toEqual([
      'execute function public.get_ssn none',
      'insert public.notes.note write',
    ]);
  });

  it.each([
    "COPY notes TO '/tmp/x'",
    "COPY notes FROM '/tmp/x'",
    "COPY notes TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/x'",
  ])('%s is an access to the files of the server', (text) => {
    expect(accessesOf(text)).toContain('serverFile database none');
  });

  it('refuses columns and tables that do not exist', () => {
    expect(refusalOf('COPY notes (nope) TO STDOUT').sqlstate).toBe('42703');
    expect(refusalOf('COPY nowhere FROM STDIN').sqlstate).toBe('42P01');
  });
});

describe('LOCK and TRUNCATE', () => {
  it('reach the children, unless ONLY is said', () => {
    expect(accessesOf('LOCK customers')).toEqual([
      'lock public.customers none',
      'lock public.vip none via inheritance',
    ]);
    expect(accessesOf('LOCK ONLY customers')).toEqual(['lock public.customers none']);
  });

  it('TRUNCATE fires triggers, and CASCADE empties what refers to the table', () => {
    expect(accessesOf('TRUNCATE ONLY customers')).toEqual([
      'execute function public.log_change none via trigger',
      'truncate public.customers none',
    ]);
    expect(accessesOf('TRUNCATE customers CASCADE')).toContain('truncate public.notes none via constraint');
    expect(accessesOf('TRUNCATE notes CASCADE')).toEqual(['truncate public.notes none']);
  });

  it('are not read-only', () => {
    expect(statementOf('LOCK notes').isReadOnly).toBe(false);
    expect(statementOf('TRUNCATE notes').isReadOnly).toBe(false);
  });
});

describe('maintenance', () => {
  it.each([
    ['VACUUM', 'maintain database none'],
    ['ANALYZE notes (note)', 'maintain public.notes none'],
    ['VACUUM (FULL, ANALYZE) notes', 'maintain public.notes none'],
    ['CLUSTER notes USING i', 'maintain public.notes none'],
    ['REINDEX TABLE notes', 'maintain public.notes none'],
    ['REINDEX INDEX i', 'maintain database none'],
    ['REINDEX DATABASE shop', 'maintain database none'],
    ['REFRESH MATERIALIZED VIEW names', 'maintain public.names none'],
    ['CHECKPOINT', 'maintain database none'],
  ])('%s asks for %s', (text, access) => {
    expect(accessesOf(text)).toEqual([access]);
  });
});

describe('definitions', () => {
  it.each([
    ['CREATE TABLE t (a int)', ['ddl schema public none']],
    ['CREATE TABLE finance.t (a int)', ['ddl schema finance none']],
    ['CREATE TABLE t () INHERITS (notes)', ['ddl public.notes none', 'ddl schema public none']],
    ['CREATE TABLE t (a int REFERENCES notes (id))', ['ddl public.notes none', 'ddl schema public none']],
    [
      'ALTER TABLE notes DETACH PARTITION customers',
      ['ddl public.customers none', 'ddl public.notes none', 'ddl public.vip none via inheritance'],
    ],
    ['CREATE VIEW v AS SELECT ssn FROM customers', ['ddl schema public none']],
    ['CREATE TABLE t AS SELECT note FROM notes', ['ddl schema public none', 'select public.notes.note output']],
    [
      'CREATE MATERIALIZED VIEW v AS SELECT note FROM notes',
      ['ddl schema public none', 'select public.notes.note output'],
    ],
    ['ALTER TABLE notes ADD x int', ['ddl public.notes none']],
    ['DROP TABLE notes', ['ddl public.notes none']],
    ['DROP TABLE IF EXISTS nowhere', ['ddl schema public none']],
    ['DROP SCHEMA finance CASCADE', ['ddl schema finance none']],
    ['DROP INDEX finance.i', ['ddl schema finance none']],
    [
      'CREATE INDEX ON notes (get_ssn(note))',
      ['ddl public.notes none', 'execute function public.get_ssn none', 'select public.notes.note condition'],
    ],
    [
      'CREATE TRIGGER t BEFORE INSERT ON notes EXECUTE FUNCTION log_change()',
      ['ddl public.notes none', 'execute function public.log_change none', 'opaque database none'],
    ],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
      ['ddl schema public none', 'opaque database none'],
    ],
    ['DROP FUNCTION f(int)', ['ddl schema public none', 'opaque database none']],
    ['DROP FUNCTION get_ssn(text)', ['ddl function public.get_ssn none', 'opaque database none']],
    ['GRANT SELECT ON notes TO PUBLIC', ['ddl public.notes none', 'opaque database none']],
    ["ALTER SYSTEM SET work_mem = '1MB'", ['ddl database none', 'opaque database none']],
    ["LOAD 'auto_explain'", ['ddl database none', 'opaque database none']],
    ["CALL tidy('x')", ['execute function public.tidy none']],
  ])('%s', (text, accesses) => {
    const statement = statementOf(text);
    expect(accessesOf(text)).toEqual(accesses);
    expect(statement.effects).toEqual([{ kind: 'ddl' }]);
    expect(statement.isReadOnly).toBe(false);
  });

  it('the table of kinds names only kinds that PostgreSQL has', () => {
    expect(Object.keys(DDL_KINDS).every((tag) => /^[A-Z][A-Za-z]+Stmt$/.test(tag))).toBe(true);
    expect(Object.keys(DDL_KINDS).length).toBeGreaterThan(60);
  });

  it('a comment changes what no name means', () => {
    const statement = statementOf("COMMENT ON TABLE notes IS 'x'");
    expect(accessesOf("COMMENT ON TABLE notes IS 'x'")).toEqual(['ddl public.notes none']);
    expect(statement.effects).toEqual([]);
  });

  it('SELECT INTO a permanent table is DDL as well', () => {
    expect(accessesOf('SELECT note INTO x FROM notes')).toContain('ddl schema public none');
  });

  it('CREATE without a schema to create in is refused as PostgreSQL refuses it', () => {
    const nowhere = { searchPath: ['gone'], role: 'app', tempRelations: [], key: 'gone' };
    expect(refusalOf('CREATE TABLE t (a int)', nowhere).sqlstate).toBe('3F000');
  });
});

describe('places', () => {
  it('an access points at the part of the text that caused it, or at its statement', () => {
    const text = "SELECT '€'; SELECT note FROM notes; LISTEN a";
    const shown = statementsOf(text).map(({ accesses }) =>
      accesses.map(({ spans }) => spans.map(({ start, end }) => text.slice(start, end))),
    );
    expect(shown).toEqual([[["SELECT '€'"]], [['note']], [['LISTEN a']]]);
  });
});
