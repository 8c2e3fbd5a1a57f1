import type {
  Catalog,
  CatalogColumn,
  CatalogFunction,
  CatalogRelation,
  CatalogType,
} from '../../policy/catalog/catalog.ts';

/** Built-in types that the fixtures name; oids are PostgreSQL's (pg_type.dat). */
const BASE_TYPES = {
  bool: 16,
  int8: 20,
  int4: 23,
  text: 25,
  json: 114,
  xml: 142,
  date: 1082,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;
export type TypeName = keyof typeof BASE_TYPES | `${string}.${string}`;

type ColumnSpec = TypeName | { readonly type: TypeName; readonly default?: string; readonly generated?: string };
type RelationSpec = Partial<Pick<CatalogRelation, 'kind' | 'definition' | 'checks' | 'triggers' | 'rules'>> & {
  readonly columns: Readonly<Record<string, ColumnSpec>>;
  readonly parents?: readonly string[];
};
type FunctionSpec = {
  readonly args?: readonly (TypeName | number)[];
  readonly returns?: TypeName | number;
  readonly min?: number;
  readonly kind?: CatalogFunction['kind'];
  readonly isVariadic?: boolean;
};
export type CatalogSpec = {
  /** By `schema.name`. */
  readonly relations: Readonly<Record<string, RelationSpec>>;
  readonly functions?: Readonly<Record<string, FunctionSpec | readonly FunctionSpec[]>>;
  readonly domains?: Readonly<Record<string, readonly string[]>>;
  /** `schema.name` -> function. */
  readonly operators?: Readonly<Record<string, string>>;
  readonly casts?: readonly { readonly from: TypeName; readonly to: TypeName; readonly calls: string }[];
};

const FIRST_USER_OID = 20_000;

/** A catalog as the loader would give it, written by hand; user objects get oids from 20000 on, in order. */
export function buildCatalog(spec: CatalogSpec): Catalog {
  const relationNames = Object.keys(spec.relations);
  const typeNames = [...relationNames, ...Object.keys(spec.domains ?? {})];
  const typeOid = (name: TypeName | number): number =>
    typeof name === 'number' ? name : (baseOid(name) ?? FIRST_USER_OID + 500 + indexIn(typeNames, name));
  const relationOid = (name: string): number => FIRST_USER_OID + indexIn(relationNames, name);
  const functions = Object.entries(spec.functions ?? {}).flatMap(([name, overloads]) =>
    [overloads].flat().map((one) => ({ name, spec: one })),
  );
  const functionOid = (name: string): number =>
    oidOfFunction(
      name,
      functions.findIndex((fn) => fn.name === name),
    );
  return {
    version: 1,
    database: 'shop',
    serverVersion: 180_000,
    schemas: ['pg_catalog', 'public', 'hr'],
    relations: relationNames.map((name) =>
      relation(name, spec.relations[name] ?? { columns: {} }, relationOid, typeOid),
    ),
    functions: functions.map((fn, at) => functionOf(fn.name, fn.spec, oidOfFunction(fn.name, at), typeOid)),
    types: [...baseTypes(), ...typeNames.map((name, at) => userType(name, at, spec, relationOid))],
    userOperators: Object.entries(spec.operators ?? {}).map(([name, calls]) => ({
      ...split(name),
      functionOid: functionOid(calls),
    })),
    userCasts: (spec.casts ?? []).map((cast) => ({
      sourceTypeOid: typeOid(cast.from),
      targetTypeOid: typeOid(cast.to),
      functionOid: functionOid(cast.calls),
    })),
  };
}

function baseOid(name: string): number | undefined {
  return Object.entries(BASE_TYPES).find(([known]) => known === name)?.[1];
}

function indexIn(names: readonly string[], name: string): number {
  const at = names.indexOf(name);
  if (at < 0) throw new Error(`the catalog has no ${name}`);
  return at;
}

function split(qualified: string): { readonly schema: string; readonly name: string } {
  const dot = qualified.indexOf('.');
  return { schema: qualified.slice(0, dot), name: qualified.slice(dot + 1) };
}

/** Built-ins keep an oid below the first that CREATE FUNCTION can give. */
function oidOfFunction(name: string, at: number): number {
  return name.startsWith('pg_catalog.') ? 1000 + at : FIRST_USER_OID + 1000 + at;
}

function relation(
  name: string,
  spec: RelationSpec,
  relationOid: (name: string) => number,
  typeOid: (name: TypeName) => number,
): CatalogRelation {
  return {
    ...split(name),
    oid: relationOid(name),
    kind: spec.kind ?? 'table',
    owner: 'owner',
    columns: Object.entries(spec.columns).map(([column, of], at) => columnOf(column, of, at, typeOid)),
    parents: (spec.parents ?? []).map(relationOid),
    ...(spec.definition === undefined ? {} : { definition: spec.definition }),
    checks: spec.checks ?? [],
    triggers: spec.triggers ?? [],
    rules: spec.rules ?? [],
    hasRowSecurity: false,
  };
}

function columnOf(name: string, spec: ColumnSpec, at: number, typeOid: (name: TypeName) => number): CatalogColumn {
  const full = typeof spec === 'string' ? { type: spec } : spec;
  return { ...full, name, number: at + 1, typeOid: typeOid(full.type) };
}

function functionOf(
  name: string,
  spec: FunctionSpec,
  oid: number,
  typeOid: (name: TypeName | number) => number,
): CatalogFunction {
  const argTypeOids = (spec.args ?? []).map(typeOid);
  return {
    ...split(name),
    oid,
    kind: spec.kind ?? 'function',
    argTypeOids,
    argumentCountMin: spec.min ?? argTypeOids.length,
    isVariadic: spec.isVariadic ?? false,
    returnTypeOid: typeOid(spec.returns ?? 'text'),
    returnsSet: false,
    language: name.startsWith('pg_catalog.') ? 'internal' : 'plpgsql',
    volatility: 'volatile',
    isSecurityDefiner: false,
  };
}

function baseTypes(): readonly CatalogType[] {
  return Object.entries(BASE_TYPES).map(([name, oid]) => ({
    oid,
    schema: 'pg_catalog',
    name,
    kind: 'base',
    domainChecks: [],
  }));
}

function userType(name: string, at: number, spec: CatalogSpec, relationOid: (name: string) => number): CatalogType {
  const base = { ...split(name), oid: FIRST_USER_OID + 500 + at };
  const checks = spec.domains?.[name];
  if (checks !== undefined) return { ...base, kind: 'domain', domainChecks: checks };
  return { ...base, kind: 'composite', relationOid: relationOid(name), domainChecks: [] };
}
