import { describe, expect, it } from 'vitest';
import { printableColumns } from '../../../policy/access/printable.ts';
import { resourceKey } from '../../../policy/access/facts.ts';
import { statementOf, statementsOf } from './statements/reading.ts';

const rowsOf = (sql: string): readonly string[] =>
  (statementOf(sql).printedRows ?? []).map(({ schema, table, columns }) => `${schema}.${table} (${columns.join(' ')})`);

const printableOf = (sql: string): readonly string[] =>
  printableColumns({ statements: statementsOf(sql) }).flatMap(({ accesses }) =>
    accesses.map(({ action, resource, usage }) => `${action} ${resourceKey(resource)} ${usage}`),
  );

/** With the child, whose rows are the parent's too. */
const CUSTOMERS = ['public.customers (id name ssn)', 'public.vip (id name ssn level)'];

describe('rows that an error may show whole', () => {
  it('are those of a table that is updated, whichever column is named', () => {
    expect(rowsOf("UPDATE customers SET name = 'x'")).toEqual(CUSTOMERS);
    expect(rowsOf('DELETE FROM customers')).toEqual(CUSTOMERS);
    expect(rowsOf('MERGE INTO customers c USING notes n ON c.id = n.id WHEN MATCHED THEN UPDATE SET id = 1')).toEqual(
      CUSTOMERS,
    );
  });

  it('are none where rows are only read, or are the own ones', () => {
    expect(rowsOf('SELECT name FROM customers FOR UPDATE')).toEqual([]);
    expect(rowsOf("INSERT INTO customers (id, name) VALUES (1, 'x')")).toEqual([]);
    expect(rowsOf('COPY customers (id, name) FROM STDIN')).toEqual([]);
  });

  it('are those of a table that an INSERT updates on a conflict', () => {
    expect(rowsOf("INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'x'")).toEqual(
      CUSTOMERS,
    );
  });
});

describe('columns that policies are asked about when an error comes', () => {
  it('are those of the whole row, but not what the decision let out already', () => {
    expect(printableOf("UPDATE ONLY customers SET name = 'x' RETURNING id, name")).toEqual([
      'select public.customers.ssn output',
      'select public.vip.id output',
      'select public.vip.name output',
      'select public.vip.ssn output',
      'select public.vip.level output',
    ]);
  });

  it('are those that only steer: a cast in WHERE prints the value that fails', () => {
    expect(printableOf('SELECT id FROM ONLY customers WHERE ssn::int = 1')).toEqual([
      'select public.customers.ssn output',
    ]);
  });

  it('are none where everything that is read comes out anyway', () => {
    expect(printableOf('SELECT ssn, id FROM customers WHERE id = 1')).toEqual([]);
    expect(printableOf('SELECT 1')).toEqual([]);
  });
});
