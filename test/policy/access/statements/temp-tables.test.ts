import { describe, expect, it } from 'vitest';
import type { Namespace } from '../../../../policy/access/analyzer.ts';
import type { TempRelation } from '../../../../policy/access/facts.ts';
import { accessesOf, linesOf, refusalOf, statementOf, statementsOf } from './reading.ts';

const withTemps = (...tempRelations: readonly TempRelation[]): Namespace => ({
  searchPath: ['public'],
  role: 'app',
  tempRelations,
  key: JSON.stringify(tempRelations),
});
const SCRATCH: TempRelation = { name: 'scratch', columns: ['a', 'b'], sources: [] };
const SSN = { action: 'select', resource: { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' } };

function created(text: string): TempRelation {
  const effect = statementOf(text).effects.find(({ kind }) => kind === 'createTemp');
  if (effect?.kind !== 'createTemp') throw new Error('no createTemp effect');
  return effect.relation;
}

describe('temporary tables', () => {
  it.each([
    'CREATE TEMP TABLE t (a text, b text)',
    'CREATE TABLE pg_temp.t (a text, b text)',
    'CREATE TEMP TABLE t (a serial PRIMARY KEY, b text DEFAULT lower($$X$$) CHECK (length(b) IS NOT NULL)) ON COMMIT DROP',
  ])('%s needs no right to DDL', (text) => {
    expect(created(text)).toEqual({
      name: 't',
      columns: ['a', 'b'],
      typeOids: [0, 0],
      sources: [],
      columnSources: [[], []],
    });
    expect(accessesOf(text)).toEqual(['connect database none']);
  });

  it('CREATE TABLE is temporary where the search_path starts with pg_temp', () => {
    const { effects } = statementOf('CREATE TABLE t (a text)', { ...withTemps(), searchPath: ['pg_temp', 'public'] });
    expect(effects).toMatchObject([{ kind: 'createTemp' }]);
  });

  it.each(['CREATE TEMP TABLE t (a text) ON COMMIT DROP', 'CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS a'])(
    '%s tells the session when the table goes',
    (text) => {
      expect(statementOf(text).effects).toMatchObject([{ kind: 'createTemp', dropOnCommit: true }]);
    },
  );

  it.each([
    'CREATE TEMP TABLE t (c, d) AS SELECT ssn, id FROM customers WHERE name IS NOT NULL',
    'CREATE TEMP TABLE t AS SELECT ssn AS c, id AS d FROM customers WHERE name IS NOT NULL',
    'SELECT ssn AS c, id AS d INTO TEMP t FROM customers WHERE name IS NOT NULL',
  ])('%s carries what it read', (text) => {
    const { columns, sources, columnSources } = created(text);
    expect(columns).toEqual(['c', 'd']);
    expect(columnSources?.[0]).toContainEqual({ resource: SSN.resource, isCopy: true });
    expect(columnSources?.[1]?.map(({ resource }) => resource)).not.toContainEqual(SSN.resource);
    expect(sources.map(({ resource }) => resource)).toContainEqual({ ...SSN.resource, column: 'name' });
    expect(sources.map(({ resource }) => resource)).not.toContainEqual(SSN.resource);
  });

  it('finds INTO on the first arm of a set operation', () => {
    expect(created('SELECT note INTO TEMP t FROM notes UNION SELECT ssn FROM customers').sources).toContainEqual(
      expect.objectContaining(SSN),
    );
  });

  it('what goes in later is added', () => {
    const statement = statementOf('INSERT INTO scratch (a) SELECT ssn FROM customers', withTemps(SCRATCH));
    expect(statement.effects).toMatchObject([
      {
        kind: 'writeTemp',
        name: 'scratch',
        columnSources: [{ column: 'a', sources: expect.arrayContaining([{ resource: SSN.resource, isCopy: true }]) }],
      },
    ]);
  });

  it('a write inside WITH is seen', () => {
    const text = 'WITH x AS (INSERT INTO scratch (a) SELECT ssn FROM customers RETURNING 1) SELECT count(*) FROM x';
    expect(statementOf(text, withTemps(SCRATCH)).effects).toMatchObject([{ kind: 'writeTemp', name: 'scratch' }]);
  });

  it('DROP tells the session and needs no right', () => {
    const statement = statementOf('DROP TABLE scratch', withTemps(SCRATCH));
    expect(statement.effects).toEqual([{ kind: 'dropTemp', name: 'scratch' }]);
    expect(linesOf(statement)).toEqual(['connect database none']);
  });

  it('LOCK, TRUNCATE, ANALYZE, COPY FROM and CREATE INDEX on it need no right', () => {
    for (const text of [
      'LOCK scratch',
      'TRUNCATE scratch',
      'ANALYZE scratch',
      'COPY scratch FROM STDIN',
      'CREATE INDEX ON scratch (a)',
    ]) {
      expect(accessesOf(text, withTemps(SCRATCH))).toEqual(['connect database none']);
    }
  });

  it('hides the table of its name from the next statement of the message', () => {
    const [, select] = statementsOf(
      'CREATE TEMP TABLE customers AS SELECT note AS ssn FROM notes; SELECT ssn FROM customers',
    );
    expect(linesOf(select ?? statementOf(''))).toContain('select public.notes.note output via temp');
    expect(linesOf(select ?? statementOf(''))).not.toContain('select public.customers.ssn output');
  });

  it('no longer hides it once it is dropped', () => {
    const text = 'CREATE TEMP TABLE customers (ssn text); DROP TABLE customers; SELECT ssn FROM customers';
    expect(linesOf(statementsOf(text)[2] ?? statementOf(''))).toContain('select public.customers.ssn output');
  });

  it('IF NOT EXISTS leaves the taint of the table that is there', () => {
    const tainted = withTemps({ ...SCRATCH, sources: [] });
    expect(statementOf('CREATE TEMP TABLE IF NOT EXISTS scratch (x text)', tainted).effects).toEqual([]);
    expect(statementOf('CREATE TEMP TABLE IF NOT EXISTS scratch AS SELECT 1 AS x', tainted).effects).toEqual([]);
  });

  it.each([
    'CREATE TEMP TABLE t (LIKE customers) INHERITS (customers)',
    'CREATE TEMP TABLE t PARTITION BY RANGE (a)',
    'CREATE TEMP SEQUENCE s',
    'CREATE TYPE pg_temp.x AS ENUM ($$a$$)',
    'CREATE DOMAIN pg_temp.d AS text',
    'ALTER TABLE scratch RENAME TO customers',
    'ALTER TABLE scratch ADD COLUMN c text',
    'CREATE RULE r AS ON INSERT TO scratch DO ALSO SELECT ssn FROM customers',
    'CREATE TEMP VIEW v AS SELECT a FROM scratch',
    'CREATE VIEW v AS SELECT a FROM scratch',
    'CREATE TEMP TABLE t AS EXECUTE p',
  ])('refuses %s, which the session could not follow', (text) => {
    expect(['unsupported', 'syntax']).toContain(refusalOf(text, withTemps(SCRATCH)).cause);
  });
});

it('refuses types of no schema where the search_path starts with pg_temp', () => {
  const temporary = { ...withTemps(), searchPath: ['pg_temp', 'public'] };
  expect(refusalOf('CREATE DOMAIN d AS text', temporary).cause).toBe('unsupported');
});

describe('temporary views', () => {
  it('are judged as what they read', () => {
    const [, select] = statementsOf('CREATE TEMP VIEW v (x) AS SELECT ssn FROM customers; SELECT x FROM v');
    expect(linesOf(select ?? statementOf(''))).toContain('select public.customers.ssn output via temp');
  });

  it('cannot be written through', () => {
    expect(refusalOf('CREATE TEMP VIEW v AS SELECT note FROM notes; UPDATE v SET note = NULL').cause).toBe(
      'unsupported',
    );
    expect(refusalOf('CREATE TEMP VIEW v AS SELECT note FROM notes; WITH x AS (DELETE FROM v) SELECT 1').cause).toBe(
      'unsupported',
    );
    expect(refusalOf('CREATE TEMP VIEW v AS SELECT note FROM notes; COPY v FROM STDIN').cause).toBe('unsupported');
  });
});
