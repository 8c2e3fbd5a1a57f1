import { describe, expect, it } from 'vitest';
import type { Namespace } from '../../../policy/access/analyzer.ts';
import type { Catalog, CatalogFunction, CatalogRelation, CatalogType } from '../../../policy/catalog/catalog.ts';
import { indexCatalog } from '../../../policy/catalog/catalog-index.ts';

function table(oid: number, schema: string, name: string, parents: readonly number[] = []): CatalogRelation {
  const rest = { owner: 'o', columns: [], checks: [], triggers: [], rules: [], hasRowSecurity: false };
  return { oid, schema, name, kind: 'table', parents, ...rest };
}

function fn(oid: number, schema: string, name: string, extension?: string): CatalogFunction {
  return {
    oid,
    schema,
    name,
    kind: 'function',
    argTypeOids: [],
    argumentCountMin: 0,
    isVariadic: false,
    returnTypeOid: 25,
    returnsSet: false,
    language: 'sql',
    volatility: 'stable',
    isSecurityDefiner: false,
    ...(extension === undefined ? {} : { extension }),
  };
}

const type = (oid: number, schema: string, name: string): CatalogType => ({
  oid,
  schema,
  name,
  kind: 'base',
  domainChecks: [],
});

const CATALOG: Catalog = {
  version: 1,
  database: 'shop',
  serverVersion: 180_000,
  relations: [
    table(1, 'public', 'customers'),
    table(2, 'finance', 'customers'),
    table(3, 'pg_catalog', 'pg_class'),
    table(4, 'public', 'pg_class'),
    table(5, 'secret', 'customers'),
    table(10, 'public', 'a'),
    table(11, 'public', 'b', [10]),
    table(12, 'public', 'c', [10]),
    table(13, 'public', 'd', [11, 12]),
  ],
  functions: [
    fn(870, 'pg_catalog', 'lower'),
    fn(20_000, 'public', 'lower'),
    fn(20_001, 'finance', 'lower'),
    fn(20_002, 'ext', 'similarity', 'pg_trgm'),
    fn(20_003, 'pg_catalog', 'upper'),
  ],
  types: [type(25, 'pg_catalog', 'text'), type(30_000, 'public', 'text'), type(30_001, 'public', 'ref')],
  userOperators: [
    { schema: 'public', name: '===', functionOid: 20_000 },
    { schema: 'ext', name: '%', functionOid: 20_002 },
  ],
  userCasts: [
    { sourceTypeOid: 30_001, targetTypeOid: 25, functionOid: 20_000 },
    { sourceTypeOid: 30_000, targetTypeOid: 25, functionOid: 870 },
  ],
  schemas: ['ext', 'finance', 'information_schema', 'pg_catalog', 'public'],
};
const index = indexCatalog(CATALOG);

function ns(searchPath: readonly string[], temps: readonly string[] = []): Namespace {
  const tempRelations = temps.map((name) => ({ name, columns: ['x'], sources: [] }));
  return { searchPath, role: 'r', tempRelations, key: 'k' };
}

function resolved(namespace: Namespace, name: Parameters<typeof index.resolveRelation>[1]): string {
  const found = index.resolveRelation(namespace, name);
  if (found === undefined) return 'none';
  return found.kind === 'temp' ? `temp ${found.temp.name}` : `${found.relation.schema}.${found.relation.name}`;
}

describe('resolving a relation', () => {
  it('takes the first schema of the path that has it', () => {
    expect(resolved(ns(['finance', 'public']), { name: 'customers' })).toBe('finance.customers');
    expect(resolved(ns(['nowhere', 'public', 'finance']), { name: 'customers' })).toBe('public.customers');
    expect(resolved(ns([]), { name: 'customers' })).toBe('none');
  });

  it('skips a schema that the role may not use, but finds it when named', () => {
    expect(resolved(ns(['secret', 'public']), { name: 'customers' })).toBe('public.customers');
    expect(resolved(ns(['public']), { schema: 'secret', name: 'customers' })).toBe('secret.customers');
  });

  it('searches pg_catalog first unless the path lists it later', () => {
    expect(resolved(ns(['public']), { name: 'pg_class' })).toBe('pg_catalog.pg_class');
    expect(resolved(ns(['public', 'pg_catalog']), { name: 'pg_class' })).toBe('public.pg_class');
  });

  it('lets a temporary table hide all others, unless the path lists pg_temp later', () => {
    expect(resolved(ns(['public'], ['customers']), { name: 'customers' })).toBe('temp customers');
    expect(resolved(ns(['public'], ['pg_class']), { name: 'pg_class' })).toBe('temp pg_class');
    expect(resolved(ns(['public', 'pg_temp'], ['customers']), { name: 'customers' })).toBe('public.customers');
    expect(resolved(ns(['public'], ['customers']), { schema: 'pg_temp', name: 'customers' })).toBe('temp customers');
    expect(resolved(ns(['public'], ['customers']), { schema: 'public', name: 'customers' })).toBe('public.customers');
  });

  it('accepts the name of its own database as first part, and no other', () => {
    expect(resolved(ns([]), { catalog: 'shop', schema: 'public', name: 'customers' })).toBe('public.customers');
    expect(resolved(ns([]), { catalog: 'other', schema: 'public', name: 'customers' })).toBe('none');
  });
});

describe('inheritance', () => {
  const relation = (oid: number): CatalogRelation => index.relationByOid(oid) ?? table(0, '', '');
  const oids = (relations: readonly CatalogRelation[]): readonly number[] =>
    relations.map((one) => one.oid).sort((a, b) => a - b);

  it('finds all descendants and all ancestors of a diamond, each once', () => {
    expect(oids(index.childrenOf(relation(10)))).toEqual([11, 12, 13]);
    expect(oids(index.ancestorsOf(relation(13)))).toEqual([10, 11, 12]);
    expect(index.childrenOf(relation(13))).toEqual([]);
  });
});

describe('resolving a function', () => {
  it('gives the candidates of all visible schemas', () => {
    const found = index.resolveFunctions(ns(['public', 'finance']), { name: 'lower' });
    expect(found.map((one) => one.schema)).toEqual(['pg_catalog', 'public', 'finance']);
    expect(index.resolveFunctions(ns(['public']), { schema: 'finance', name: 'lower' })).toHaveLength(1);
    expect(index.resolveFunctions(ns(['public']), { name: 'lower_' })).toEqual([]);
  });
});

describe('resolving a type', () => {
  it('takes the first schema of the path, and nothing when a temporary table hides it', () => {
    expect(index.resolveType(ns(['public']), { name: 'text' })?.oid).toBe(25);
    expect(index.resolveType(ns(['public', 'pg_catalog']), { name: 'text' })?.oid).toBe(30_000);
    expect(index.resolveType(ns(['public'], ['text']), { name: 'text' })).toBeUndefined();
    expect(index.resolveType(ns(['public'], ['text']), { schema: 'pg_catalog', name: 'text' })?.oid).toBe(25);
  });
});

describe('operators and casts of users', () => {
  it('are those whose function is not known to be safe', () => {
    expect(index.userOperatorsNamed('===')).toHaveLength(1);
    expect(index.userOperatorsNamed('%')).toEqual([]);
    expect(index.userCastsTouching(30_001)).toHaveLength(1);
    expect(index.userCastsTouching(25)).toHaveLength(1);
    expect(index.userCastsTouching(30_000)).toEqual([]);
  });
});
