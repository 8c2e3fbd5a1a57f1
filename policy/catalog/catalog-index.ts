import { isSafeCall } from '../access/allow/safe-functions.ts';
import { catalogPolicy, type RelationPolicy } from '../access/allow/open-catalogs.ts';
import type { Namespace } from '../access/analyzer.ts';
import type { TempRelation } from '../access/facts.ts';
import type {
  Catalog,
  CatalogCast,
  CatalogForeignKey,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogType,
} from './catalog.ts';

/** A name as written: one to three parts, already case-folded and without quotes. */
export type RelationName = { readonly catalog?: string; readonly schema?: string; readonly name: string };
export type ObjectName = { readonly schema?: string; readonly name: string };

export type ResolvedRelation =
  | { readonly kind: 'relation'; readonly relation: CatalogRelation }
  | { readonly kind: 'temp'; readonly temp: TempRelation };

/** A foreign key and the table that has it. */
export type ReferringKey = { readonly relation: CatalogRelation; readonly key: CatalogForeignKey };

/** Look-ups over one snapshot, each in constant or path-length time. Resolution follows PostgreSQL's namespace.c. */
export type CatalogIndex = {
  readonly catalog: Catalog;
  /** undefined: no such relation, or a three-part name of another database. */
  resolveRelation(ns: Namespace, name: RelationName): ResolvedRelation | undefined;
  relationByOid(oid: number): CatalogRelation | undefined;
  /** All descendants by inheritance or partitioning, each once. */
  childrenOf(relation: CatalogRelation): readonly CatalogRelation[];
  /** All ancestors by inheritance or partitioning, each once. */
  ancestorsOf(relation: CatalogRelation): readonly CatalogRelation[];
  /**
   * Every function that the name can mean. All visible schemas count: an overload in a later schema is not hidden by
   * the same name in an earlier one (only an equal signature would be). Functions are never searched in pg_temp.
   */
  resolveFunctions(ns: Namespace, name: ObjectName): readonly CatalogFunction[];
  /** Foreign keys, of any table, that refer to this one. */
  foreignKeysTo(relation: CatalogRelation): readonly ReferringKey[];
  functionByOid(oid: number): CatalogFunction | undefined;
  /** undefined: no such type, or a temporary relation's row type hides it. */
  resolveType(ns: Namespace, name: ObjectName): CatalogType | undefined;
  typeByOid(oid: number): CatalogType | undefined;
  /** Operators of that name, in any schema, whose implementation is not a safe built-in. */
  userOperatorsNamed(name: string): readonly CatalogOperator[];
  /** Casts from or to the type whose implementation is not a safe built-in. */
  userCastsTouching(typeOid: number): readonly CatalogCast[];
  relationPolicy(relation: CatalogRelation): RelationPolicy;
};

/** Builds the index; about 100 ms for 10,000 tables. The catalog must not change afterwards. */
export function indexCatalog(catalog: Catalog): CatalogIndex {
  const relations = mapByName(catalog.relations);
  const relationOids = mapByKey(catalog.relations, (relation) => relation.oid);
  const functions = groupByKey(catalog.functions, (fn) => fn.name);
  const functionOids = mapByKey(catalog.functions, (fn) => fn.oid);
  const types = mapByName(catalog.types);
  const typeOids = mapByKey(catalog.types, (type) => type.oid);
  const callsUserCode = (object: { readonly functionOid: number }): boolean => {
    const fn = functionOids.get(object.functionOid);
    return fn === undefined || !isSafeCall(fn);
  };
  const operators = groupByKey(catalog.userOperators.filter(callsUserCode), (operator) => operator.name);
  const casts = groupByKeys(catalog.userCasts.filter(callsUserCode), (cast) => [
    cast.sourceTypeOid,
    cast.targetTypeOid,
  ]);
  const referring = groupByKeys(catalog.relations, referencesOf);
  const children = groupByKeys(catalog.relations, (relation) => relation.parents);
  const schemas = new Set(catalog.schemas);

  return {
    catalog,
    resolveRelation: (ns, name) => {
      if (name.catalog !== undefined && name.catalog !== catalog.database) return undefined;
      for (const schema of name.schema === undefined ? effectivePath(ns, schemas) : [name.schema]) {
        const found = schema === TEMP ? tempRelation(ns, name.name) : permanent(relations(schema, name.name));
        if (found !== undefined) return found;
      }
      return undefined;
    },
    relationByOid: (oid) => relationOids.get(oid),
    childrenOf: (relation) => closure(relation, (one) => children.get(one.oid) ?? []),
    ancestorsOf: (relation) => closure(relation, (one) => one.parents.flatMap((oid) => present(relationOids.get(oid)))),
    resolveFunctions: (ns, name) => {
      const named = functions.get(name.name) ?? [];
      const visible = name.schema === undefined ? effectivePath(ns, schemas) : [name.schema];
      return named.filter((fn) => visible.includes(fn.schema));
    },
    functionByOid: (oid) => functionOids.get(oid),
    foreignKeysTo: ({ oid }) => (referring.get(oid) ?? []).flatMap((relation) => keysTo(oid, relation)),
    resolveType: (ns, name) => {
      for (const schema of name.schema === undefined ? effectivePath(ns, schemas) : [name.schema]) {
        // A temporary table's row type hides permanent types of its name; we do not model it, so nothing is found.
        if (schema === TEMP && tempRelation(ns, name.name) !== undefined) return undefined;
        const found = types(schema, name.name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    typeByOid: (oid) => typeOids.get(oid),
    userOperatorsNamed: (name) => operators.get(name) ?? [],
    userCastsTouching: (typeOid) => casts.get(typeOid) ?? [],
    relationPolicy: (relation) => catalogPolicy(relation.schema, relation.name),
  };
}

const TEMP = 'pg_temp';
const SYSTEM = 'pg_catalog';

/**
 * The schemas in the order that they are searched: pg_temp, then pg_catalog, then the path, unless the path lists the
 * two itself. Schemas that do not exist, or that the role may not use, are skipped, as PostgreSQL does.
 * @see PostgreSQL manual, "search_path"
 */
export function effectivePath(ns: Namespace, usable: ReadonlySet<string>): readonly string[] {
  const mayUse = (schema: string): boolean => ns.usableSchemas?.includes(schema) ?? usable.has(schema);
  const listed = ns.searchPath.filter((schema) => schema === TEMP || schema === SYSTEM || mayUse(schema));
  const system = listed.includes(SYSTEM) ? [] : [SYSTEM];
  const temp = listed.includes(TEMP) ? [] : [TEMP];
  return [...temp, ...system, ...listed];
}

function tempRelation(ns: Namespace, name: string): ResolvedRelation | undefined {
  const temp = ns.tempRelations.find((one) => one.name === name);
  return temp === undefined ? undefined : { kind: 'temp', temp };
}

function permanent(relation: CatalogRelation | undefined): ResolvedRelation | undefined {
  return relation === undefined ? undefined : { kind: 'relation', relation };
}

/** Everything reachable from `start` by `next`, without `start`, each once (inheritance can be a diamond). */
function closure(
  start: CatalogRelation,
  next: (one: CatalogRelation) => readonly CatalogRelation[],
): readonly CatalogRelation[] {
  const seen = new Set<CatalogRelation>([start]);
  // A Set visits members that are added while it is walked.
  for (const one of seen) for (const other of next(one)) seen.add(other);
  seen.delete(start);
  return [...seen];
}

/** The keys are not asked for here: most relations' never are. */
function referencesOf(relation: CatalogRelation): readonly number[] {
  return relation.references ?? (relation.foreignKeys ?? []).map(({ references }) => references);
}

function keysTo(oid: number, relation: CatalogRelation): readonly ReferringKey[] {
  return (relation.foreignKeys ?? []).filter(({ references }) => references === oid).map((key) => ({ relation, key }));
}

/** By schema and name, without a string of its own for each pair. */
function mapByName<Value extends { readonly schema: string; readonly name: string }>(
  values: readonly Value[],
): (schema: string, name: string) => Value | undefined {
  const schemas = new Map<string, Map<string, Value>>();
  for (const value of values) {
    const named = schemas.get(value.schema) ?? new Map<string, Value>();
    if (named.size === 0) schemas.set(value.schema, named);
    named.set(value.name, value);
  }
  return (schema, name) => schemas.get(schema)?.get(name);
}

function present<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}

function mapByKey<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): ReadonlyMap<Key, Value> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

function groupByKey<Key, Value>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  return groupByKeys(values, (value) => [keyOf(value)]);
}

function groupByKeys<Key, Value>(
  values: readonly Value[],
  keysOf: (value: Value) => readonly Key[],
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    for (const groupKey of new Set(keysOf(value))) {
      const group = groups.get(groupKey);
      if (group === undefined) groups.set(groupKey, [value]);
      else group.push(value);
    }
  }
  return groups;
}
