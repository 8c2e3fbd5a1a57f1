import { type Action, quoteIdent, type Resource } from '../access/facts.ts';

/**
 * The vocabulary of policies: entity types, which actions apply to which of them, and how a resource is written as an
 * entity id. The Cedar schema, the requests and the check of names in policies all come from here.
 */

export type EntityUid = { readonly type: string; readonly id: string };

/** Entity types and the types that each may have as parents. */
export const PARENT_TYPES = {
  User: ['Group'],
  Group: [],
  Database: [],
  Schema: ['Database'],
  Table: ['Schema', 'Tag'],
  Column: ['Table', 'Tag'],
  Function: ['Schema', 'Tag'],
  Setting: ['Tag'],
  Channel: ['Tag'],
  Tag: [],
} as const satisfies Record<string, readonly string[]>;

export type ResourceType = 'Database' | 'Schema' | 'Table' | 'Column' | 'Function' | 'Setting' | 'Channel';

/** What each action can be asked about. A question outside of this table is refused by Cedar's request validation. */
export const APPLIES_TO: Record<Action, readonly ResourceType[]> = {
  connect: ['Database'],
  select: ['Table', 'Column'],
  insert: ['Table', 'Column'],
  update: ['Table', 'Column'],
  delete: ['Table'],
  truncate: ['Table'],
  lock: ['Table'],
  maintain: ['Database', 'Schema', 'Table'],
  execute: ['Function'],
  copy: ['Table', 'Column'],
  ddl: ['Database', 'Schema', 'Table', 'Column', 'Function', 'Setting'],
  set: ['Setting'],
  listen: ['Channel'],
  notify: ['Channel'],
  serverFile: ['Database', 'Table'],
  opaque: ['Database', 'Schema', 'Table', 'Function'],
};

/** The entity of a resource: ids are `schema.table.column`, parts quoted as PostgreSQL quotes identifiers where needed. */
export function entityOf(resource: Resource, database: string): EntityUid {
  switch (resource.kind) {
    case 'database':
      return { type: 'Database', id: database };
    case 'schema':
      return { type: 'Schema', id: quoteIdent(resource.schema) };
    case 'table':
      return { type: 'Table', id: dotted(resource.schema, resource.table) };
    case 'column':
      return { type: 'Column', id: dotted(resource.schema, resource.table, resource.column) };
    case 'function':
      return { type: 'Function', id: dotted(resource.schema, resource.name) };
    case 'setting':
      return { type: 'Setting', id: resource.name.toLowerCase() };
    case 'channel':
      return { type: 'Channel', id: quoteIdent(resource.name) };
  }
}

/** The resource that a resource lies in: column -> table -> schema -> database. */
export function containerOf(resource: Resource): Resource | undefined {
  switch (resource.kind) {
    case 'column':
      return { kind: 'table', schema: resource.schema, table: resource.table };
    case 'table':
    case 'function':
      return { kind: 'schema', schema: resource.schema };
    case 'schema':
      return { kind: 'database' };
    case 'database':
    case 'setting':
    case 'channel':
      return undefined;
  }
}

/** A text that equal entities share and different ones do not; also how a policy writes the entity. */
export function uidText(uid: EntityUid): string {
  return `${uid.type}::${JSON.stringify(uid.id)}`;
}

function dotted(...parts: readonly string[]): string {
  return parts.map(quoteIdent).join('.');
}
