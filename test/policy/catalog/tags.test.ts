import { describe, expect, it } from 'vitest';
import type { Catalog, CatalogRelation } from '../../../policy/catalog/catalog.ts';
import { proposeTags } from '../../../policy/catalog/propose.ts';
import { compileTags } from '../../../policy/catalog/tags.ts';

function table(schema: string, name: string, columns: readonly string[], kind: CatalogRelation['kind'] = 'table') {
  return {
    oid: 0,
    schema,
    name,
    kind,
    owner: 'o',
    parents: [],
    checks: [],
    triggers: [],
    rules: [],
    hasRowSecurity: false,
    columns: columns.map((column, at) => ({ name: column, number: at + 1, type: 'text', typeOid: 25 })),
  };
}

const CATALOG: Catalog = {
  version: 1,
  database: 'shop',
  serverVersion: 180_000,
  functions: [],
  types: [],
  userOperators: [],
  userCasts: [],
  schemas: ['public'],
  relations: [
    table('public', 'customers', ['id', 'ssn', 'email', 'email_verified', 'card_number', 'cardinality', 'pinned']),
    table('public', 'Staff', ['Salary', 'homePhone', 'shipping']),
    table('public', 'customer_list', ['email'], 'view'),
    table('pg_catalog', 'pg_authid', ['rolpassword', 'password']),
  ],
};

const column = (schema: string, name: string, of: string) =>
  ({ kind: 'column', schema, table: name, column: of }) as const;
const relation = (schema: string, name: string) => ({ kind: 'table', schema, table: name }) as const;

describe('tags from the config', () => {
  const tags = compileTags([
    { tag: 'pii', on: ['public.customers.ssn', '*.*.email', 'public.customers.card_*'] },
    { tag: 'hr', on: ['hr.*', 'function public.get_*', 'public."Staff".*'] },
  ]);

  it('match exact names and wildcards', () => {
    expect(tags.tagsOf(column('public', 'customers', 'ssn'))).toEqual(['pii']);
    expect(tags.tagsOf(column('finance', 'customers', 'ssn'))).toEqual([]);
    expect(tags.tagsOf(column('x', 'y', 'email'))).toEqual(['pii']);
    expect(tags.tagsOf(column('public', 'customers', 'card_number'))).toEqual(['pii']);
    expect(tags.tagsOf(column('public', 'customers', 'postcard_x'))).toEqual([]);
    expect(tags.tagsOf({ kind: 'function', schema: 'public', name: 'get_ssn' })).toEqual(['hr']);
  });

  it('reach a table’s columns, but not a column’s table', () => {
    expect(tags.tagsOf(column('hr', 'employees', 'salary'))).toEqual(['hr']);
    expect(tags.tagsOf(relation('hr', 'employees'))).toEqual(['hr']);
    expect(tags.tagsOf(relation('public', 'customers'))).toEqual([]);
  });

  it('take quoted names as they are and fold others as PostgreSQL does', () => {
    expect(tags.tagsOf(column('public', 'Staff', 'Salary'))).toEqual(['hr']);
    expect(tags.tagsOf(column('public', 'staff', 'salary'))).toEqual([]);
    expect(compileTags([{ tag: 't', on: ['Public.Customers'] }]).tagsOf(relation('public', 'customers'))).toEqual([
      't',
    ]);
    expect(compileTags([{ tag: 't', on: ['public."a.b"'] }]).tagsOf(relation('public', 'a.b'))).toEqual(['t']);
    expect(compileTags([{ tag: 't', on: ['public."*"'] }]).tagsOf(relation('public', 'any'))).toEqual([]);
  });

  it('are reported when a pattern matches nothing in the catalog', () => {
    const rules = [
      { tag: 'pii', on: ['public.customers.ssn', 'public.customers.snn', 'function public.none', 'publik.*'] },
    ];
    expect(compileTags(rules, CATALOG).unmatched.map((one) => one.pattern)).toEqual([
      'public.customers.snn',
      'function public.none',
      'publik.*',
    ]);
    expect(compileTags(rules).unmatched).toEqual([]);
  });

  it.each(['ssn', 'a.b.c.d', 'public..ssn', 'public.ssn.', '', 'function get_ssn', 'public.a b'])(
    'are refused when a pattern cannot be read: "%s"',
    (pattern) => expect(() => compileTags([{ tag: 'pii', on: [pattern] }])).toThrow(/^tag "pii": tag pattern ".*" /),
  );

  it('cannot take the name of a tag that stepward gives itself', () => {
    expect(() => compileTags([{ tag: 'catalog', on: ['public.customers'] }])).toThrow('cannot be defined');
  });
});

describe('tags that stepward gives itself', () => {
  const tags = compileTags([]);

  it('tell structure from samples, passwords and other sessions', () => {
    expect(tags.tagsOf(relation('pg_catalog', 'pg_class'))).toEqual(['catalog']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_class', 'relname'))).toEqual(['catalog']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_stats', 'most_common_vals'))).toEqual(['guarded', 'guarded-values']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_stats', 'null_frac'))).toEqual(['catalog']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_stat_activity', 'query'))).toEqual(['guarded', 'guarded-statements']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_authid', 'rolpassword'))).toEqual(['guarded', 'guarded-credentials']);
    expect(tags.tagsOf(relation('pg_toast', 'pg_toast_16384'))).toEqual(['guarded', 'guarded-values']);
    expect(tags.tagsOf(relation('pg_catalog', 'pg_new_in_19'))).toEqual(['guarded']);
    expect(tags.tagsOf(column('pg_catalog', 'pg_stat_activity', 'pid'))).toEqual(['catalog']);
    expect(tags.tagsOf(relation('public', 'pg_class'))).toEqual([]);
  });

  it('tell harmless settings from others', () => {
    expect(tags.tagsOf({ kind: 'setting', name: 'timezone' })).toEqual(['client']);
    expect(tags.tagsOf({ kind: 'setting', name: 'search_path' })).toEqual(['client']);
    expect(tags.tagsOf({ kind: 'setting', name: 'role' })).toEqual(['guarded']);
  });

  it('are not given to databases, schemas, channels and functions', () => {
    expect(tags.tagsOf({ kind: 'database' })).toEqual([]);
    expect(tags.tagsOf({ kind: 'function', schema: 'pg_catalog', name: 'pg_read_file' })).toEqual([]);
  });
});

describe('proposed tags', () => {
  it('find sensitive names by whole words, in tables only, and not what merely describes them', () => {
    expect(proposeTags(CATALOG)).toEqual([
      { tag: 'pci', on: ['public.customers.card_number'] },
      { tag: 'pii', on: ['public.customers.ssn', 'public.customers.email', 'public."Staff"."homePhone"'] },
      { tag: 'pay', on: ['public."Staff"."Salary"'] },
    ]);
  });

  it('are patterns that compile and match', () => {
    expect(compileTags(proposeTags(CATALOG), CATALOG).unmatched).toEqual([]);
  });
});
