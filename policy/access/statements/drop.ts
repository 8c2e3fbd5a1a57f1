import type { Resource } from '../facts.ts';
import { list, str, type Tree } from '../tree.ts';
import { refuseTemporary } from './ddl.ts';
import { OPAQUE_DROPS } from './ddl-kinds.ts';
import { homeOf, partsOf, schemaHome } from './object-home.ts';
import { objectWords } from './object-words.ts';
import { isTempSchema, tableResource } from './relations.ts';
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
  return `DROP ${objectWords(type)}`;
};

function dropRelation(object: unknown, scene: Scene): void {
  const [name = '', schema, catalog] = partsOf(object).toReversed();
  const qualified = schema === undefined ? { name } : { schema, name };
  const found = scene.env.index.resolveRelation(
    scene.env.namespace,
    catalog === undefined ? qualified : { ...qualified, catalog },
  );
  if (found?.kind === 'temp') scene.collector.effect({ kind: 'dropTemp', name: found.temp.name });
  // Own temporary objects need no right; one that is not there is an error, or a notice with IF EXISTS.
  else if (schema !== undefined && isTempSchema(schema)) return;
  else if (found !== undefined) ddl(tableResource(found.relation), scene);
  else ddl(schemaHome(schema, scene), scene);
}

function dropObjects(type: string, body: Tree, scene: Scene): void {
  const kind = `DROP ${objectWords(type)}`;
  const isFunction = ['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE', 'OBJECT_AGGREGATE'].includes(type);
  if (!isFunction) refuseTemporary(body, kind, scene.env);
  for (const object of list(body, 'objects')) ddl(homeOf(type, object, scene) ?? { kind: 'database' }, scene);
  if (OPAQUE_DROPS.has(type)) scene.collector.opaque(kind);
}

function ddl(resource: Resource, scene: Scene): void {
  scene.collector.access({ action: 'ddl', resource, usage: 'none' });
  scene.collector.effect({ kind: 'ddl' });
}
