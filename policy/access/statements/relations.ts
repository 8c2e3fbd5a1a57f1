import type { ResolvedRelation } from '../../catalog/catalog-index.ts';
import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Resource, TempRelation } from '../facts.ts';
import type { Environment } from '../query/environment.ts';
import { unknownName, unknownRelation } from '../refusal.ts';
import { isTree, locationOf, str, type Tree } from '../tree.ts';
import { isQueryTag, walk } from './walk.ts';

/** pg_temp is the session's own; pg_temp_3 is how the server spells it. */
export function isTempSchema(schema: string): boolean {
  return /^pg_temp(_\d+)?$/.test(schema);
}

/** What a RangeVar names; undefined where the catalog has no such relation. */
export function findRelation(rangeVar: Tree, env: Environment): ResolvedRelation | undefined {
  const catalog = str(rangeVar, 'catalogname');
  const schema = str(rangeVar, 'schemaname');
  const name = str(rangeVar, 'relname');
  const qualified = schema === '' ? { name } : { schema, name };
  return env.index.resolveRelation(env.namespace, catalog === '' ? qualified : { ...qualified, catalog });
}

/** @throws RefusedAnalysis 42P01 */
export function requireRelation(rangeVar: Tree, env: Environment): ResolvedRelation {
  const found = findRelation(rangeVar, env);
  if (found === undefined) throw unknownRelation(writtenName(rangeVar), locationOf(rangeVar));
  return found;
}

export function writtenName(rangeVar: Tree): string {
  return ['catalogname', 'schemaname', 'relname']
    .map((part) => str(rangeVar, part))
    .filter((part) => part !== '')
    .join('.');
}

export function tableResource(relation: CatalogRelation): Extract<Resource, { kind: 'table' }> {
  return { kind: 'table', schema: relation.schema, table: relation.name };
}

/**
 * The schema that CREATE puts an unqualified name into: the first of the search_path that exists.
 * @returns 'pg_temp' where the search_path starts with it: then the new object is temporary
 * @throws RefusedAnalysis 3F000
 */
export function creationSchema(env: Environment): string {
  const known = env.index.catalog.schemas;
  const first = env.namespace.searchPath.find((schema) => isTempSchema(schema) || known.includes(schema));
  if (first === undefined) throw unknownName('3F000', 'no schema has been selected to create in');
  return isTempSchema(first) ? 'pg_temp' : first;
}

/** Where a CREATE of this name puts it; 'pg_temp' for everything temporary. */
export function targetSchema(rangeVar: Tree, env: Environment): string {
  const schema = str(rangeVar, 'schemaname');
  if (str(rangeVar, 'relpersistence') === 't' || isTempSchema(schema)) return 'pg_temp';
  return schema === '' ? creationSchema(env) : schema;
}

export function tempNamed(env: Environment, name: string): TempRelation | undefined {
  return env.namespace.tempRelations.find((temp) => temp.name === name);
}

/** Every RangeVar of a statement; with `queries: false` those inside its queries are left out. */
export function rangeVarsOf(body: unknown, options: { readonly queries: boolean }): readonly Tree[] {
  const found: Tree[] = [];
  walk(body, (field, value) => {
    if (!options.queries && isQueryTag(field)) return false;
    if (isTree(value) && typeof value['relname'] === 'string') found.push(value);
    for (const item of Array.isArray(value) ? value : []) {
      if (isTree(item) && typeof item['relname'] === 'string') found.push(item);
    }
    return true;
  });
  return found;
}
