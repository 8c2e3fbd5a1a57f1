import type { EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Resource } from '../access/facts.ts';
import type { Principal } from './decision.ts';
import { containerOf, type EntityUid, entityOf } from './model.ts';

/**
 * Which tags a resource carries; a column also has its table's, through Cedar's hierarchy. Must give the same answer for
 * as long as an engine lives: other tags are another engine.
 */
export type ResourceTags = {
  tagsOf(resource: Resource): readonly string[];
};

/** A resource as Cedar sees it: its entity, and the entity with all its ancestors and their parents. */
export type ResourceEntities = { readonly uid: EntityUid; readonly entities: readonly EntityJson[] };

const NO_TAGS: ResourceTags = { tagsOf: () => [] };

/** Builds the part of the entity hierarchy that one resource needs: itself, its containers up to the database, their tags. */
export function resourceEntities(resource: Resource, database: string, tags: ResourceTags): ResourceEntities {
  const entities: EntityJson[] = [];
  for (let current: Resource | undefined = resource; current !== undefined; current = containerOf(current)) {
    entities.push(entityJson(current, database, current === resource ? tags : NO_TAGS));
  }
  return { uid: entityOf(resource, database), entities };
}

/** Parts of the hierarchy in one list; what several have in common is in it once. */
export function mergeEntities(parts: readonly ResourceEntities[]): readonly EntityJson[] {
  const merged = new Map<string, EntityJson>();
  for (const entity of parts.flatMap(({ entities }) => entities)) {
    const key = JSON.stringify(entity.uid);
    const known = merged.get(key);
    // The one with tags says more: containers come without theirs.
    if (known === undefined || entity.parents.length > known.parents.length) merged.set(key, entity);
  }
  return [...merged.values()];
}

export function principalEntity(principal: Principal): EntityJson {
  return {
    uid: { type: 'User', id: principal.id },
    attrs: {},
    parents: principal.groups.map((group) => ({ type: 'Group', id: group })),
  };
}

/** Every entity that the resource is `in`, itself included: what `==` and `in` of a policy can match. */
export function selfAndAncestors(resource: Resource, database: string, tags: ResourceTags): readonly EntityUid[] {
  const uids: EntityUid[] = [];
  for (let current: Resource | undefined = resource; current !== undefined; current = containerOf(current)) {
    uids.push(entityOf(current, database), ...(current === resource ? tagUids(current, tags) : []));
  }
  return uids;
}

function entityJson(resource: Resource, database: string, tags: ResourceTags): EntityJson {
  const container = containerOf(resource);
  const parents = container === undefined ? [] : [entityOf(container, database)];
  const uid = entityOf(resource, database);
  return { uid, attrs: attributesOf(resource), parents: [...parents, ...tagUids(resource, tags)] };
}

/** Only functions have one: whether what their body touches is asked about by itself. */
function attributesOf(resource: Resource): EntityJson['attrs'] {
  return resource.kind === 'function' ? { isSeenThrough: resource.isSeenThrough ?? false } : {};
}

/** Schemas and the database carry no tags: a tag there would silently cover what nobody looked at. */
function tagUids(resource: Resource, tags: ResourceTags): readonly EntityUid[] {
  if (resource.kind === 'schema' || resource.kind === 'database') return [];
  return tags.tagsOf(resource).map((tag) => ({ type: 'Tag', id: tag }));
}
