import { describe, expect, it } from 'vitest';
import type { Access, Action, Resource } from '../../../policy/access/facts.ts';
import type { DeniedAccess } from '../../../policy/engine/decision.ts';
import { describeAccesses, permissionDenied } from '../../../proxy/session/denial.ts';

function access(action: Action, resource: Resource, via?: Access['via']): Access {
  return { action, resource, usage: 'output', spans: [], ...(via !== undefined && { via }) };
}
const column = (name: string, table = 'customers', schema = 'public'): Resource => ({
  kind: 'column',
  schema,
  table,
  column: name,
});
const denied = (each: Access, ...reasons: readonly string[]): DeniedAccess => ({
  access: each,
  determining: reasons.map((reason, i) => ({ id: `p${i}`, reason })),
});

describe('the error for a refused statement', () => {
  it.each<[string, Access]>([
    ['permission denied for column "ssn" of table customers', access('select', column('ssn'))],
    [
      'permission denied for table "Order Lines"',
      access('delete', { kind: 'table', schema: 'public', table: 'Order Lines' }),
    ],
    [
      'permission denied for function get_ssn',
      access('execute', { kind: 'function', schema: 'public', name: 'get_ssn' }),
    ],
    ['permission denied for schema hr', access('ddl', { kind: 'schema', schema: 'hr' })],
    ['permission denied to set parameter "role"', access('set', { kind: 'setting', name: 'role' })],
    ['permission denied for database', access('connect', { kind: 'database' })],
    ['permission denied for a statement that cannot be seen through', access('opaque', { kind: 'database' })],
    ['permission denied to read or write a file or program of the server', access('serverFile', { kind: 'database' })],
  ])('says %s', (message, each) => {
    expect(permissionDenied([denied(each)])).toMatchObject({ severity: 'ERROR', sqlstate: '42501', message });
  });

  it('names what the text names before what lies behind a view', () => {
    const behind = denied(access('select', column('ssn'), 'view'));
    const named = denied(access('select', column('tax_ref', 'customer_tax')));
    expect(permissionDenied([behind, named]).message).toBe(
      'permission denied for column "tax_ref" of table customer_tax',
    );
    expect(permissionDenied([behind]).message).toBe('permission denied for column "ssn" of table customers');
  });

  it('gives the first reason for each denied access, once, as sentences', () => {
    const error = permissionDenied([
      denied(access('select', column('ssn')), 'not for analysts', 'needs a fresh proof'),
      denied(access('select', column('email')), 'not for analysts'),
      denied(access('select', column('salary', 'employees')), 'salaries are secret!'),
    ]);
    expect(error.detail).toBe('Not for analysts. Salaries are secret!');
  });

  it('says that nothing permits it where no policy gives a reason', () => {
    expect(permissionDenied([denied(access('select', column('salary', 'employees', 'hr')))]).detail).toBe(
      'No policy permits this person to read hr.employees.salary.',
    );
  });
});

describe('what a statement is about to do', () => {
  it('is grouped by verb, with the first few of each', () => {
    const columns = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => access('select', column(name)));
    expect(describeAccesses([...columns, access('update', column('stock', 'products'))])).toBe(
      'read customers.a, customers.b, customers.c, customers.d and 2 more; change products.stock',
    );
  });
});
