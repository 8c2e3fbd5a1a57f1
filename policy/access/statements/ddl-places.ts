import type { Resource } from '../facts.ts';
import { isTree, list, locationOf, names, nodeOf, str, stringOf, type Tree } from '../tree.ts';
import type { DdlKind } from './ddl-kinds.ts';
import { homeOf, partsOf, schemaHome } from './object-home.ts';
import { creationSchema, findRelation, isTempSchema, rangeVarsOf, tableResource, targetSchema } from './relations.ts';
import type { Scene } from './scene.ts';

export type Place = { readonly resource: Resource; readonly location?: number | undefined };

const DATABASE: Place = { resource: { kind: 'database' } };

/** What the right to make the change is asked for; none for the session's own temporary objects. */
export function placesOf({ on }: DdlKind, body: Tree, scene: Scene): readonly Place[] {
  switch (on.kind) {
    case 'relations':
      return relationsOf(body, scene);
    case 'schema':
      return on.name === undefined ? schemasOf(body, scene) : createdIn(on.name, body, scene);
    case 'object':
      return [...objectOf(on.name, on.type, body, scene), ...movedTo(body)];
    case 'grant':
      return grantedOn(body, scene);
    case 'database':
      return [DATABASE];
  }
}

/** Every relation that is named outside of queries: partitions, parents and referenced tables change as well. */
function relationsOf(body: Tree, scene: Scene): readonly Place[] {
  const rangeVars = rangeVarsOf(body, { queries: false });
  return rangeVars.length === 0 ? [DATABASE] : rangeVars.flatMap((rangeVar) => relationPlace(rangeVar, scene));
}

function relationPlace(rangeVar: Tree, scene: Scene): readonly Place[] {
  const found = findRelation(rangeVar, scene.env);
  const location = locationOf(rangeVar);
  if (found?.kind === 'temp') return [];
  if (found?.kind === 'relation') return [{ resource: tableResource(found.relation), location }];
  // An index, or a relation that has come since the snapshot: what is known is where it would be.
  return [{ resource: schemaHome(str(rangeVar, 'schemaname') || undefined, scene), location }];
}

function schemasOf(body: Tree, scene: Scene): readonly Place[] {
  return rangeVarsOf(body, { queries: false }).map((rangeVar) => {
    return { resource: { kind: 'schema', schema: targetSchema(rangeVar, scene.env) }, location: locationOf(rangeVar) };
  });
}

/** A function that is there already may be replaced: then it is the one that changes. */
function createdIn(field: string, body: Tree, scene: Scene): readonly Place[] {
  const parts = names(list(body, field));
  const schema = parts.at(-2) ?? creationSchema(scene.env);
  const name = parts.at(-1) ?? '';
  const inSchema = { resource: { kind: 'schema', schema } as const };
  if (field !== 'funcname' || isTempSchema(schema)) return [inSchema];
  const [known] = scene.env.index.resolveFunctions(scene.env.namespace, { schema, name });
  return known === undefined ? [inSchema] : [{ resource: { kind: 'function', schema, name } }];
}

/** @param type a field of the statement, or the ObjectType itself */
function objectOf(field: string, type: string, body: Tree, scene: Scene): readonly Place[] {
  const value = body[field];
  // Schemas are renamed by name alone.
  const isSchema = value === undefined && str(body, type) === 'OBJECT_SCHEMA';
  if (isSchema) return [{ resource: { kind: 'schema', schema: str(body, 'subname') } }, DATABASE];
  if (value === undefined) return relationsOf(body, scene);
  const resource = homeOf(type.startsWith('OBJECT_') ? type : str(body, type), nodeIn(value), scene);
  return resource === undefined ? [] : [{ resource }];
}

/** SET SCHEMA puts the object where its name may hide another one. */
function movedTo(body: Tree): readonly Place[] {
  const schema = str(body, 'newschema');
  return schema === '' ? [] : [{ resource: { kind: 'schema', schema } }];
}

/** Names are bare lists in some statements, and the node without its tag in others. */
function nodeIn(value: unknown): unknown {
  if (Array.isArray(value)) return { List: { items: value } };
  return isTree(value) && nodeOf(value) === undefined ? { ObjectWithArgs: value } : value;
}

function grantedOn(body: Tree, scene: Scene): readonly Place[] {
  const type = str(body, 'objtype');
  const places = list(body, 'objects').flatMap((object): readonly Place[] => {
    const node = nodeOf(object);
    if (node?.tag === 'RangeVar') return relationPlace(node.body, scene);
    const isSchema = str(body, 'targtype') === 'ACL_TARGET_ALL_IN_SCHEMA';
    if (isSchema) return [{ resource: { kind: 'schema', schema: stringOf(object) ?? '' } }];
    if (type === 'OBJECT_PARAMETER_ACL')
      return [{ resource: { kind: 'setting', name: partsOf(object).join('.').toLowerCase() } }];
    const resource = homeOf(type, object, scene);
    return resource === undefined ? [] : [{ resource }];
  });
  return places.length === 0 ? [DATABASE] : places;
}
