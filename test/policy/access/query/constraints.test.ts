import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogRelation } from '../../../../policy/catalog/catalog.ts';
import { environment, lines, shop } from './world.ts';

type Keys = Pick<CatalogRelation, 'foreignKeys' | 'indexes'>;

function oidOf(table: string): number {
  const found = shop.relations.find(({ schema, name }) => `${schema}.${name}` === table);
  if (found === undefined) throw new Error(`the shop has no ${table}`);
  return found.oid;
}

/** The shop with keys on some of its tables. */
function withKeys(keys: Readonly<Record<string, Keys>>): Catalog {
  const relations = shop.relations.map((one) => ({ ...one, ...keys[`${one.schema}.${one.name}`] }));
  return { ...shop, relations };
}

function orderKey(onDelete: 'noAction' | 'cascade' | 'setNull', onUpdate: 'noAction' | 'cascade' = 'noAction'): Keys {
  const references = oidOf('public.customers');
  return {
    foreignKeys: [{ columns: ['customer_id'], references, referencedColumns: ['id'], onDelete, onUpdate }],
  };
}

function constraintLines(sql: string, keys: Readonly<Record<string, Keys>>): readonly string[] {
  return lines(sql, environment({ catalog: withKeys(keys) })).filter((line) => line.endsWith('via constraint'));
}

const UNIQUE_SSN: Keys = { indexes: [{ isUnique: true, columns: ['ssn'], expressions: [] }] };

describe('keys', () => {
  it('make an INSERT a question whether the value is in the referenced table', () => {
    const keys = { 'public.orders': orderKey('noAction') };
    expect(constraintLines('INSERT INTO orders (customer_id) VALUES (17)', keys)).toEqual([
      'select public.customers.id condition via constraint',
    ]);
    expect(constraintLines("INSERT INTO orders (note) VALUES ('x')", keys)).toEqual([]);
  });

  it('make an INSERT a question whether a unique value is there already', () => {
    const keys = { 'public.customers': UNIQUE_SSN };
    expect(constraintLines("INSERT INTO customers (id, ssn) VALUES (1, 'x')", keys)).toEqual([
      'select public.customers.ssn condition via constraint',
    ]);
    expect(constraintLines('INSERT INTO customers (id) VALUES (1)', keys)).toEqual([]);
  });

  it('count the columns inside of a unique expression, and the functions that an indexed expression calls', () => {
    const indexes = [{ isUnique: true, columns: ['id'], expressions: ['lower(ssn), public.get_ssn(id)'] }];
    expect(constraintLines('INSERT INTO customers (id) VALUES (1)', { 'public.customers': { indexes } })).toEqual([
      'execute public.get_ssn via constraint',
      'select public.customers.id condition via constraint',
      'select public.customers.ssn condition via constraint',
    ]);
  });

  it('ask nothing for an index that is not unique', () => {
    const indexes = [{ isUnique: false, columns: ['ssn'], expressions: [] }];
    expect(constraintLines("INSERT INTO customers (ssn) VALUES ('x')", { 'public.customers': { indexes } })).toEqual(
      [],
    );
  });
});

describe('rows that refer to what is deleted or changed', () => {
  it('are asked for where their being there is an error', () => {
    expect(constraintLines('DELETE FROM customers', { 'public.orders': orderKey('noAction') })).toEqual([
      'select public.orders.customer_id condition via constraint',
    ]);
  });

  it('are deleted ON DELETE CASCADE, round in circles once', () => {
    const references = oidOf('public.orders');
    const back: Keys = {
      foreignKeys: [
        { columns: ['id'], references, referencedColumns: ['id'], onDelete: 'cascade', onUpdate: 'noAction' },
      ],
    };
    const found = constraintLines('DELETE FROM customers', {
      'public.orders': orderKey('cascade'),
      'public.customers': back,
    });
    expect(found).toEqual([
      'delete public.customers via constraint',
      'delete public.orders via constraint',
      'select public.customers.id condition via constraint',
      'select public.orders.customer_id condition via constraint',
    ]);
  });

  it('are updated ON DELETE SET NULL', () => {
    expect(constraintLines('DELETE FROM customers', { 'public.orders': orderKey('setNull') })).toEqual([
      'select public.orders.customer_id condition via constraint',
      'update public.orders.customer_id write via constraint',
    ]);
  });

  it('are updated ON UPDATE CASCADE of the column that they refer to, and of no other', () => {
    const keys = { 'public.orders': orderKey('noAction', 'cascade') };
    const written = 'update public.orders.customer_id write via constraint';
    expect(constraintLines('UPDATE customers SET id = 1', keys)).toContain(written);
    expect(constraintLines("UPDATE customers SET name = 'x'", keys)).not.toContain(written);
  });
});

describe('an expression over several columns', () => {
  const ssn = 'select public.customers.ssn condition via constraint';
  const withCheck = (checks: readonly string[]): Catalog => ({
    ...shop,
    relations: shop.relations.map((one) => (one.oid === oidOf('public.customers') ? { ...one, checks } : one)),
  });

  it('makes an UPDATE of one of them a question about the others', () => {
    const catalog = withCheck(['CHECK ((name <> ssn))']);
    expect(lines("UPDATE customers SET name = 'x'", environment({ catalog }))).toContain(ssn);
    expect(lines("UPDATE customers SET country = 'x'", environment({ catalog }))).not.toContain(ssn);
    expect(lines("INSERT INTO customers (name) VALUES ('x')", environment({ catalog }))).not.toContain(ssn);
  });

  it('asks nothing where it has one column', () => {
    const catalog = withCheck(["CHECK ((name <> ''::text))"]);
    expect(lines("UPDATE customers SET name = 'x'", environment({ catalog }))).toEqual([
      'update public.customers.name write',
    ]);
  });

  it('counts in an index too, unique or not', () => {
    const indexes = [{ isUnique: false, columns: [], expressions: ['lower(name || ssn)'] }];
    const keys = { 'public.customers': { indexes } };
    expect(constraintLines("UPDATE customers SET name = 'x'", keys)).toEqual([ssn]);
  });
});
