import type { Resource } from '../facts.ts';
import type { RelationName } from '../../catalog/catalog-index.ts';
import { bodyOf, list, names, nodeOf, stringOf } from '../tree.ts';
import { tableResource } from './relations.ts';
import type { Scene } from './scene.ts';

const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_SEQUENCE',
  'OBJECT_INDEX',
]);

/** Their name is the relation's with a part more. */
const PARTS_OF_RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_COLUMN',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
  'OBJECT_TABCONSTRAINT',
]);

const FUNCTIONS: ReadonlySet<string> = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
]);

const IN_SCHEMAS: ReadonlySet<string> = new Set([
  'OBJECT_TYPE',
  'OBJECT_DOMAIN',
  'OBJECT_DOMCONSTRAINT',
  'OBJECT_COLLATION',
  'OBJECT_CONVERSION',
  'OBJECT_OPERATOR',
  'OBJECT_OPCLASS',
  'OBJECT_OPFAMILY',
  'OBJECT_STATISTIC_EXT',
  'OBJECT_TSCONFIGURATION',
  'OBJECT_TSDICTIONARY',
  'OBJECT_TSPARSER',
  'OBJECT_TSTEMPLATE',
]);

/**
 * What the right to change an object is asked for: the relation, the function, else the schema that it is in, and the
 * database for what is in none.
 * @param type the parser's ObjectType
 * @param object the node that names it
 * @returns undefined for the session's own temporary relations
 */
export function homeOf(type: string, object: unknown, scene: Scene): Resource | undefined {
  const parts = partsOf(object);
  if (type === 'OBJECT_SCHEMA') return { kind: 'schema', schema: stringOf(object) ?? '' };
  if (RELATIONS.has(type)) return relationHome(parts, scene);
  if (PARTS_OF_RELATIONS.has(type)) return relationHome(parts.slice(0, -1), scene);
  if (FUNCTIONS.has(type)) return functionHome(parts, scene);
  if (!IN_SCHEMAS.has(type)) return { kind: 'database' };
  // The first part of an operator class's name is its access method.
  const isOfMethod = type === 'OBJECT_OPCLASS' || type === 'OBJECT_OPFAMILY';
  return schemaHome((isOfMethod ? parts.slice(1) : parts).at(-2), scene);
}

/** Names come as a list, as a TypeName, with arguments, or (a domain's constraint) as a list of a TypeName and a name. */
export function partsOf(object: unknown): readonly string[] {
  const node = nodeOf(object);
  if (node === undefined) return [];
  if (node.tag === 'String') return names([object]);
  if (node.tag === 'TypeName') return names(list(node.body, 'names'));
  if (node.tag === 'ObjectWithArgs') return names(list(node.body, 'objname'));
  const items = list(node.body, 'items');
  const typeName = bodyOf(items[0], 'TypeName');
  return typeName === undefined ? names(items) : names(list(typeName, 'names'));
}

function relationHome(parts: readonly string[], scene: Scene): Resource | undefined {
  const [name = '', schema, catalog] = parts.toReversed();
  const full: RelationName = {
    name,
    ...(schema === undefined ? {} : { schema }),
    ...(catalog === undefined ? {} : { catalog }),
  };
  const found = scene.env.index.resolveRelation(scene.env.namespace, full);
  if (found?.kind === 'temp') return undefined;
  return found === undefined ? schemaHome(schema, scene) : tableResource(found.relation);
}

function functionHome(parts: readonly string[], scene: Scene): Resource {
  const [name = '', schema] = parts.toReversed();
  const [found] = scene.env.index.resolveFunctions(
    scene.env.namespace,
    schema === undefined ? { name } : { schema, name },
  );
  if (found === undefined) return schemaHome(schema, scene);
  return { kind: 'function', schema: found.schema, name };
}

/** Not in the catalog snapshot: it may have come since, so the right is asked for where it would be. */
export function schemaHome(schema: string | undefined, scene: Scene): Resource {
  const known = schema ?? scene.env.namespace.searchPath.find((one) => scene.env.index.catalog.schemas.includes(one));
  return known === undefined ? { kind: 'database' } : { kind: 'schema', schema: known };
}
