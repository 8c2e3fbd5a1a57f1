import { describe, expect, it } from 'vitest';
import { accessesOf, linesOf, statementOf, statementsOf } from './reading.ts';

/** What the last statement of a message reads of customers, through whatever. */
function readsOfLast(text: string): readonly string[] {
  const last = statementsOf(text).at(-1) ?? statementOf('');
  return linesOf(last)
    .filter((line) => line.startsWith('select public.customers'))
    .map((line) => line.slice('select public.'.length));
}

describe('a temporary table carries what went into each column', () => {
  const made = 'CREATE TEMP TABLE t AS SELECT id, ssn, lower(name) AS n FROM customers; ';

  it.each([
    ['SELECT ssn FROM t', ['customers.ssn output via temp']],
    ['SELECT id FROM t', ['customers.id output via temp']],
    ['SELECT n FROM t', ['customers.name output via temp']],
    ['SELECT id FROM t WHERE ssn IS NOT NULL', ['customers.id output via temp', 'customers.ssn condition via temp']],
    ['SELECT count(*) FROM t', ['customers output via temp']],
    [
      'SELECT x.id FROM (SELECT * FROM t) x',
      ['customers.id output via temp', 'customers.name condition via temp', 'customers.ssn condition via temp'],
    ],
    ['COPY t (id) TO STDOUT', ['customers.id output via temp']],
    [
      'COPY t TO STDOUT',
      ['customers.id output via temp', 'customers.name output via temp', 'customers.ssn output via temp'],
    ],
  ])('%s', (text, expected) => {
    expect(readsOfLast(made + text)).toEqual(expected);
  });

  it.each([
    ['SELECT INTO', 'SELECT id, ssn INTO TEMP t FROM customers; '],
    ['INSERT ... SELECT', 'CREATE TEMP TABLE t (id int, ssn text); INSERT INTO t SELECT id, ssn FROM customers; '],
    [
      'INSERT with a column list',
      'CREATE TEMP TABLE t (id int, ssn text); INSERT INTO t (ssn, id) SELECT ssn, id FROM customers; ',
    ],
    [
      'INSERT in WITH',
      'CREATE TEMP TABLE t (id int, ssn text); WITH w AS (INSERT INTO t SELECT id, ssn FROM customers RETURNING 1) SELECT * FROM w; ',
    ],
    [
      'UPDATE',
      'CREATE TEMP TABLE t AS SELECT 1 AS id, NULL AS ssn; UPDATE t SET ssn = c.ssn, id = c.id FROM customers c; ',
    ],
    [
      'MERGE',
      'CREATE TEMP TABLE t (id int, ssn text); MERGE INTO t USING customers c ON false WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.ssn); ',
    ],
    [
      'another temporary table',
      'CREATE TEMP TABLE s AS SELECT id, ssn FROM customers; CREATE TEMP TABLE t AS TABLE s; ',
    ],
    ['a temporary view', 'CREATE TEMP VIEW t AS SELECT id, ssn FROM customers; '],
  ])('filled by %s', (_way, text) => {
    expect(readsOfLast(`${text}SELECT id FROM t`)).toEqual(['customers.id output via temp']);
    expect(readsOfLast(`${text}SELECT ssn FROM t`)).toEqual(['customers.ssn output via temp']);
  });

  it('every use counts as the conditions that chose its rows', () => {
    const text = "CREATE TEMP TABLE t AS SELECT id FROM customers WHERE ssn LIKE '1%'; ";
    const ssn = 'customers.ssn condition via temp';
    expect(readsOfLast(`${text}SELECT id FROM t`)).toEqual(['customers.id output via temp', ssn]);
    expect(readsOfLast(`${text}SELECT count(*) FROM t`)).toEqual([ssn]);
    expect(readsOfLast(`${text}DELETE FROM t`)).toContain(ssn);
    expect(readsOfLast(`${text}UPDATE t SET id = 1`)).toContain(ssn);
  });

  it.each([
    ['UNION', 'CREATE TEMP TABLE t AS SELECT id FROM customers UNION SELECT length(ssn) FROM customers; '],
    ['a join', 'CREATE TEMP TABLE t AS SELECT n.note FROM notes n JOIN customers c ON c.ssn = n.note; '],
    [
      'a number of rows',
      'CREATE TEMP TABLE t AS SELECT x.id FROM (SELECT id, generate_series(1, length(ssn)) FROM customers) x; ',
    ],
    ['LIMIT', 'CREATE TEMP TABLE t AS SELECT note FROM notes LIMIT (SELECT length(ssn) FROM customers LIMIT 1); '],
    [
      'the condition of an INSERT',
      "CREATE TEMP TABLE t (id int); INSERT INTO t SELECT 1 FROM customers WHERE ssn > '5'; ",
    ],
    [
      'the condition of an UPDATE',
      "CREATE TEMP TABLE t AS SELECT 1 AS id; UPDATE t SET id = 2 FROM customers WHERE ssn > '5'; ",
    ],
    [
      'the condition of a DELETE',
      "CREATE TEMP TABLE t AS SELECT 1 AS id; DELETE FROM t USING customers WHERE ssn > '5'; ",
    ],
  ])('a row that is there because of %s tells of it', (_way, text) => {
    expect(readsOfLast(`${text}SELECT 1 FROM t`)).toContain('customers.ssn condition via temp');
  });

  it('a generated column holds what goes into the others: such a table is one value', () => {
    const text =
      'CREATE TEMP TABLE t (ssn text, g text GENERATED ALWAYS AS (lower(ssn)) STORED, id int); INSERT INTO t (ssn) SELECT ssn FROM customers; ';
    expect(readsOfLast(`${text}SELECT g FROM t`)).toContain('customers.ssn output via temp');
  });

  it('columns of unknown number are all of it', () => {
    const text = 'CREATE TEMP TABLE t AS SELECT c.id, j.* FROM customers c, json_each(c.ssn) j; ';
    expect(readsOfLast(`${text}SELECT id FROM t`)).toContain('customers.ssn output via temp');
  });

  it('adds up over writes', () => {
    const text = 'CREATE TEMP TABLE t AS SELECT name AS a FROM customers; INSERT INTO t SELECT ssn FROM customers; ';
    expect(readsOfLast(`${text}SELECT a FROM t`)).toEqual([
      'customers.name output via temp',
      'customers.ssn output via temp',
    ]);
  });

  it('RETURNING shows what has just gone in', () => {
    expect(
      readsOfLast('CREATE TEMP TABLE t (a text); INSERT INTO t SELECT lower(ssn) FROM customers RETURNING a'),
    ).toContain('customers.ssn output');
  });
});

describe('the result of a statement', () => {
  const names = (text: string): unknown =>
    (statementsOf(text).at(-1)?.result ?? []).map(({ name, sources }) => [
      name,
      sources.some(({ resource, isCopy }) => isCopy && resource.kind === 'column' && resource.column === 'ssn'),
    ]);

  it.each([
    ['SELECT', 'SELECT ssn, id FROM customers'],
    ['COPY of a query', 'COPY (SELECT ssn, id FROM customers) TO STDOUT'],
    ['COPY of a table', 'COPY customers (ssn, id) TO STDOUT'],
    ['DECLARE', 'DECLARE c CURSOR FOR SELECT ssn, id FROM customers'],
    ['FETCH', 'BEGIN; DECLARE c CURSOR FOR SELECT ssn, id FROM customers; FETCH c'],
    ['EXECUTE', 'PREPARE p AS SELECT ssn, id FROM customers; EXECUTE p'],
    ['RETURNING', 'DELETE FROM customers RETURNING ssn, id'],
    ['a temporary table', 'CREATE TEMP TABLE t AS SELECT ssn, id FROM customers; SELECT * FROM t'],
  ])('of %s', (_kind, text) => {
    expect(names(text)).toEqual([
      ['ssn', true],
      ['id', false],
    ]);
  });

  it.each([
    'EXPLAIN SELECT ssn FROM customers',
    'CREATE TABLE x AS SELECT ssn FROM customers',
    'DELETE FROM customers',
    'SHOW TimeZone',
  ])('%s has none', (text) => {
    expect(statementOf(text).result).toBeUndefined();
  });
});

describe('what goes into a new table', () => {
  const SSN = { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' };
  it.each([
    ['CREATE TABLE x AS SELECT ssn AS a FROM customers', 'a'],
    ['CREATE TABLE x (b) AS SELECT ssn AS a FROM customers', 'b'],
    ['SELECT ssn AS a INTO x FROM customers', 'a'],
    ['CREATE MATERIALIZED VIEW x AS SELECT ssn AS a FROM customers', 'a'],
    ['EXPLAIN ANALYZE CREATE TABLE x AS SELECT ssn AS a FROM customers', 'a'],
    ['PREPARE p AS SELECT ssn AS a FROM customers; CREATE TABLE x AS EXECUTE p', 'a'],
  ])('%s', (text, column) => {
    const { flows = [] } = statementsOf(text).at(-1) ?? statementOf('');
    expect(flows.map(({ target }) => target)).toEqual([{ kind: 'column', schema: 'public', table: 'x', column }]);
    expect(flows[0]?.sources).toContainEqual({ resource: SSN, isCopy: true });
  });

  it('a view is seen through, and EXPLAIN copies nothing', () => {
    expect(statementOf('CREATE VIEW x AS SELECT ssn FROM customers').flows).toBeUndefined();
    expect(statementOf('EXPLAIN CREATE TABLE x AS SELECT ssn FROM customers').flows).toBeUndefined();
  });

  it('EXECUTE of a statement that another message prepared tells the session where its rows go', () => {
    expect(statementOf('CREATE TABLE x (a) AS EXECUTE p').effects).toContainEqual({
      kind: 'executePrepared',
      name: 'p',
      into: { schema: 'public', table: 'x', columns: ['a'] },
    });
    expect(accessesOf('CREATE TABLE x (a) AS EXECUTE p')).toEqual(['ddl schema public none']);
  });
});

describe('the place of an access', () => {
  /** The parts of the text that an access to that column points at. */
  const placesOf = (text: string, column: string): readonly string[] =>
    statementsOf(text).flatMap(({ accesses }) =>
      accesses
        .filter(({ resource }) => resource.kind === 'column' && resource.column === column)
        .flatMap(({ spans }) => spans.map(({ start, end }) => text.slice(start, end))),
    );

  it.each([
    ['SELECT ssn FROM customers', ['ssn']],
    ['SELECT x.s FROM (SELECT ssn AS s FROM customers) x', ['ssn']],
    ['WITH w AS (SELECT ssn AS s FROM customers) SELECT s FROM w', ['ssn']],
    ['SELECT * FROM customers', ['*']],
    ['TABLE customers', ['customers']],
    ['COPY customers TO STDOUT', ['customers']],
    ['SELECT n.note FROM notes n JOIN (SELECT ssn AS note FROM customers) c USING (note)', ['ssn']],
    ['SELECT name FROM customers JOIN finance.customers f USING (ssn)', ['finance.customers']],
    ['INSERT INTO notes SELECT ssn FROM customers', ['ssn']],
    ['UPDATE notes SET note = ssn FROM customers', ['ssn']],
  ])('%s', (text, expected) => {
    expect([...new Set(placesOf(text, 'ssn'))]).toEqual(expected);
  });
});
