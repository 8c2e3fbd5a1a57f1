import { describe, expect, it } from 'vitest';
import { buildCatalog } from '../../../support/catalog.ts';
import { analyse, compact, environment } from './world.ts';

const env = environment({
  catalog: buildCatalog({
    relations: {
      'public.ref': { kind: 'compositeType', columns: { id: 'int4' } },
      'public.pairs': { columns: { a: 'public.ref', b: 'public.ref' } },
    },
    functions: { 'public.same_ref': { args: ['public.ref', 'public.ref'], returns: 'bool' } },
    operators: { 'public.=': 'public.same_ref' },
  }),
});
const calls = (sql: string): readonly string[] =>
  analyse(sql, env)
    .facts.accesses.map(compact)
    .filter((access) => access.startsWith('execute'));

describe('operators between rows', () => {
  it.each(["SELECT '(17)'::ref = '(18)'::ref", "SELECT ROW(17) = '(18)'::ref", 'SELECT p.a = p.b FROM pairs p'])(
    'calls the operator of a composite type: %s',
    (sql) => {
      expect(calls(sql)).toEqual([expect.stringContaining('public.same_ref')]);
    },
  );

  it('compares two row constructors field by field', () => {
    expect(calls('SELECT ROW(17) = ROW(18)')).toEqual([]);
  });
});
