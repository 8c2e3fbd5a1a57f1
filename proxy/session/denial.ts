import type { Access } from '../../policy/access/facts.ts';
import { quoteIdent } from '../../policy/access/facts.ts';
import type { DeniedAccess } from '../../policy/engine/decision.ts';
import { PgError } from '../wire/pg-error.ts';
import { SQLSTATE } from '../wire/sqlstate.ts';

/**
 * The error for a statement that policies refuse: PostgreSQL's own words for the first denied access, and the reasons that
 * the policies give. INVARIANT 5: only @reason annotations leave, which are written for the reader.
 */
export function permissionDenied(denied: readonly DeniedAccess[]): PgError {
  const first = denied.find(({ access }) => access.via === undefined) ?? denied[0];
  return new PgError({
    sqlstate: SQLSTATE.insufficientPrivilege,
    message: first === undefined ? 'permission denied' : deniedMessage(first.access),
    detail: denialDetail(denied),
  });
}

/**
 * One or more sentences saying why; never empty. Of each access the first policy speaks: the engine names first what no
 * proof would change.
 */
export function denialDetail(denied: readonly DeniedAccess[]): string {
  const reasons = reasonsOf(denied);
  if (reasons.length > 0) return reasons.map(sentence).join(' ');
  return `No policy permits this person to ${describeAccesses(denied.map(({ access }) => access))}.`;
}

function reasonsOf(denied: readonly DeniedAccess[]): readonly string[] {
  const first = denied.map(({ determining }) => determining.find(({ reason }) => reason !== undefined)?.reason ?? '');
  return [...new Set(first)].filter((reason) => reason !== '');
}

/** `read customers.email, customers.ssn; change orders.status`: what the person was about to do, the first few of it. */
export function describeAccesses(accesses: readonly Access[]): string {
  const byVerb = new Map<string, Set<string>>();
  for (const access of accesses) {
    const objects = byVerb.get(verbOf(access)) ?? new Set();
    byVerb.set(verbOf(access), objects.add(objectOf(access)));
  }
  return [...byVerb].map(([verb, objects]) => `${verb} ${firstFew([...objects])}`).join('; ');
}

function firstFew(names: readonly string[]): string {
  const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return `${names.slice(0, 4).join(', ')}${more}`;
}

function deniedMessage({ action, resource, target }: Access): string {
  if (target !== undefined) return `permission denied to copy ${placeOf(resource)} to ${placeOf(target)}`;
  if (action === 'opaque') return 'permission denied for a statement that cannot be seen through';
  if (action === 'serverFile') return 'permission denied to read or write a file or program of the server';
  switch (resource.kind) {
    case 'database':
      return 'permission denied for database';
    case 'schema':
      return `permission denied for schema ${quoteIdent(resource.schema)}`;
    case 'table':
      return `permission denied for table ${quoteIdent(resource.table)}`;
    case 'column':
      return `permission denied for column "${resource.column}" of table ${quoteIdent(resource.table)}`;
    case 'function':
      return `permission denied for function ${quoteIdent(resource.name)}`;
    case 'setting':
      return `permission denied to set parameter "${resource.name}"`;
    case 'channel':
      return `permission denied for channel "${resource.name}"`;
  }
}

function placeOf(resource: Access['resource']): string {
  if (resource.kind === 'column') return `column "${resource.column}" of table ${quoteIdent(resource.table)}`;
  return resource.kind === 'table' ? `table ${quoteIdent(resource.table)}` : resource.kind;
}

function objectOf({ action, resource, target }: Access): string {
  if (target !== undefined) {
    return `${objectOf({ action: 'select', resource, usage: 'output', spans: [] })} to ${qualifiedTarget(target)}`;
  }
  switch (resource.kind) {
    case 'database':
      return action === 'opaque' ? 'what cannot be analysed' : 'the database';
    case 'schema':
      return `schema ${quoteIdent(resource.schema)}`;
    case 'table':
      return qualified(resource.schema, resource.table);
    case 'column':
      return `${qualified(resource.schema, resource.table)}.${quoteIdent(resource.column)}`;
    case 'function':
      return qualified(resource.schema, resource.name);
    case 'setting':
      return `parameter ${resource.name}`;
    case 'channel':
      return `channel ${resource.name}`;
  }
}

function qualifiedTarget(target: NonNullable<Access['target']>): string {
  const table = qualified(target.schema, target.table);
  return target.kind === 'table' ? table : `${table}.${quoteIdent(target.column)}`;
}

/** `public.` is noise to the reader: what everybody calls customers is public.customers. */
function qualified(schema: string, name: string): string {
  return schema === 'public' ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

function verbOf({ action }: Access): string {
  switch (action) {
    case 'connect':
      return 'use';
    case 'select':
      return 'read';
    case 'insert':
      return 'insert into';
    case 'update':
      return 'change';
    case 'delete':
      return 'delete from';
    case 'truncate':
      return 'truncate';
    case 'lock':
      return 'lock';
    case 'maintain':
      return 'maintain';
    case 'execute':
      return 'call';
    case 'copy':
      return 'copy';
    case 'ddl':
      return 'change the definition of';
    case 'set':
      return 'set';
    case 'listen':
      return 'listen on';
    case 'notify':
      return 'notify';
    case 'serverFile':
      return 'use files of the server through';
    case 'opaque':
      return 'run';
  }
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
