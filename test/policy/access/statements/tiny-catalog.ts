import type { Catalog, CatalogColumn, CatalogFunction, CatalogRelation } from '../../../../policy/catalog/catalog.ts';

const TEXT = 25;
const RECORD = 2249;
const BUILT_INS = ['set_config', 'pg_notify', 'length', 'lower', 'count', 'setval', 'nextval', 'upper'];

function columns(...names: readonly string[]): readonly CatalogColumn[] {
  return names.map((name, at) => ({ name, number: at + 1, type: 'text', typeOid: TEXT }));
}

function table(oid: number, schema: string, name: string, ...names: readonly string[]): CatalogRelation {
  const base = { owner: 'owner', parents: [], checks: [], triggers: [], rules: [], hasRowSecurity: false } as const;
  return { ...base, oid, schema, name, kind: 'table', columns: columns(...names) };
}

function fn(oid: number, schema: string, name: string, kind: CatalogFunction['kind'], count: number): CatalogFunction {
  return {
    oid,
    schema,
    name,
    kind,
    argTypeOids: Array.from({ length: count }, () => TEXT),
    argumentCountMin: 0,
    isVariadic: false,
    returnTypeOid: TEXT,
    returnsSet: false,
    language: schema === 'pg_catalog' ? 'internal' : 'plpgsql',
    volatility: 'volatile',
    isSecurityDefiner: false,
  };
}

const customers = table(20_001, 'public', 'customers', 'id', 'name', 'ssn');

/** Two tables of one name in two schemas, a child, a materialised view, a trigger, a procedure. */
export const TINY: Catalog = {
  version: 1,
  database: 'shop',
  serverVersion: 180_004,
  schemas: ['pg_catalog', 'public', 'finance'],
  relations: [
    { ...customers, triggers: [{ name: 'log', functionOid: 30_002, events: ['truncate', 'insert'] }] },
    { ...table(20_002, 'public', 'vip', 'id', 'name', 'ssn', 'level'), parents: [20_001] },
    table(20_003, 'finance', 'customers', 'id', 'ssn'),
    {
      ...table(20_004, 'public', 'notes', 'id', 'note'),
      foreignKeys: [
        {
          columns: ['id'],
          references: 20_001,
          referencedColumns: ['id'],
          onDelete: 'noAction',
          onUpdate: 'noAction',
        },
      ],
    },
    {
      ...table(20_005, 'public', 'names', 'name'),
      kind: 'materializedView',
      definition: 'SELECT name FROM public.customers',
    },
    { ...table(12_000, 'pg_catalog', 'pg_settings', 'name', 'setting'), kind: 'view' },
  ],
  functions: [
    ...BUILT_INS.map((name, at) => fn(1000 + at, 'pg_catalog', name, name === 'count' ? 'aggregate' : 'function', 3)),
    { ...fn(1100, 'pg_catalog', 'generate_series', 'function', 2), returnsSet: true },
    { ...fn(1101, 'pg_catalog', 'json_each', 'function', 1), returnsSet: true, returnTypeOid: RECORD },
    fn(30_001, 'public', 'get_ssn', 'function', 1),
    fn(30_002, 'public', 'log_change', 'function', 0),
    fn(30_003, 'public', 'tidy', 'procedure', 1),
  ],
  types: [
    { oid: TEXT, schema: 'pg_catalog', name: 'text', kind: 'base', domainChecks: [] },
    { oid: 23, schema: 'pg_catalog', name: 'int4', kind: 'base', domainChecks: [] },
    { oid: 16, schema: 'pg_catalog', name: 'bool', kind: 'base', domainChecks: [] },
    { oid: 30_100, schema: 'public', name: 'checked', kind: 'domain', domainChecks: ['public.get_ssn'] },
  ],
  userOperators: [],
  userCasts: [],
};
