import type { Resource } from '../facts.ts';
import { bodyOf, list, names, str, stringOf, type Tree } from '../tree.ts';
import { isTempSchema, tableResource } from './relations.ts';
import { refuseTemporary } from './ddl.ts';
import { OPAQUE_DROPS } from './ddl-kinds.ts';
import type { Scene, StatementRule } from './scene.ts';

const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
]);

/** DROP of anything; a temporary table or view of the session's own is no DDL. */
export const drop: StatementRule = (body, scene) => {
  const type = str(body, 'removeType');
  scene.collector.locking();
  if (RELATIONS.has(type)) for (const object of list(body, 'objects')) dropRelation(object, scene);
  else dropObjects(type, body, scene);
  return `DROP ${type.replace('OBJECT_', '').replaceAll('_', ' ')}`;
};

function dropRelation(object: unknown, scene: Scene): void {
  const parts = names(list(bodyOf(object, 'List') ?? {}, 'items'));
  const [name = '', schema, catalog] = parts.toReversed();
  const qualified = schema === undefined ? { name } : { schema, name };
  const found = scene.env.index.resolveRelation(
    scene.env.namespace,
    catalog === undefined ? qualified : { ...qualified, catalog },
  );
  if (found?.kind === 'temp') scene.collector.effect({ kind: 'dropTemp', name: found.temp.name });
  // Own temporary objects need no right; one that is not there is an error, or a notice with IF EXISTS.
  else if (schema !== undefined && isTempSchema(schema)) return;
  else if (found !== undefined) ddl(tableResource(found.relation), scene);
  else ddl(schemaOf(schema, scene), scene);
}

/** Not in the catalog snapshot: it may have come since, so the right is asked for where it would be. */
function schemaOf(schema: string | undefined, scene: Scene): Resource {
  const known = schema ?? scene.env.namespace.searchPath.find((one) => scene.env.index.catalog.schemas.includes(one));
  return known === undefined ? { kind: 'database' } : { kind: 'schema', schema: known };
}

function dropObjects(type: string, body: Tree, scene: Scene): void {
  const isFunction = ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE', 'OBJECT_AGGREGATE'].includes(type);
  if (!isFunction) refuseTemporary(body, `DROP ${type}`, scene.env);
  for (const object of list(body, 'objects')) ddl(homeOf(type, object, scene), scene);
  if (OPAQUE_DROPS.has(type)) scene.collector.opaque(`DROP ${type.replace('OBJECT_', '').replaceAll('_', ' ')}`);
}

const IN_SCHEMAS: ReadonlySet<string> = new Set(['OBJECT_INDEX', 'OBJECT_SEQUENCE', 'OBJECT_TYPE', 'OBJECT_DOMAIN']);

/** The schema of what is dropped where its name tells, else the database. */
function homeOf(type: string, object: unknown, scene: Scene): Resource {
  if (type === 'OBJECT_SCHEMA') return { kind: 'schema', schema: stringOf(object) ?? '' };
  if (!IN_SCHEMAS.has(type)) return { kind: 'database' };
  const typeName = bodyOf(object, 'TypeName');
  const parts = names(typeName === undefined ? list(bodyOf(object, 'List') ?? {}, 'items') : list(typeName, 'names'));
  return schemaOf(parts.at(-2), scene);
}

function ddl(resource: Resource, scene: Scene): void {
  scene.collector.access({ action: 'ddl', resource, usage: 'none' });
  scene.collector.effect({ kind: 'ddl' });
}
