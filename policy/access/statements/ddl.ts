import type { Environment } from '../query/environment.ts';
import { RefusedAnalysis, unsupported } from '../refusal.ts';
import { bool, isTree, str, type Tree } from '../tree.ts';
import { DDL_KINDS, type DdlKind } from './ddl-kinds.ts';
import { placesOf } from './ddl-places.ts';
import { keepTagsOfRenamed } from './kept-tags.ts';
import { objectWords } from './object-words.ts';
import { findRelation, isTempSchema, rangeVarsOf, targetSchema } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';
import { isQueryTag, walk } from './walk.ts';

/** Functions are never found in pg_temp by themselves; the others change nothing that names could mean. */
const FINE_FOR_TEMPORARY: ReadonlySet<string> = new Set([
  'CreateFunctionStmt',
  'AlterFunctionStmt',
  'CommentStmt',
  'GrantStmt',
  'SecLabelStmt',
]);

/** The rule for a node kind of the table; undefined where the table does not have it. */
export function ddlRule(tag: string): StatementRule | undefined {
  const known = Object.hasOwn(DDL_KINDS, tag) ? DDL_KINDS[tag] : undefined;
  if (known === undefined) return undefined;
  return (body, scene) => {
    const kind = commandTag(tag, known, body);
    if (!FINE_FOR_TEMPORARY.has(tag)) refuseTemporary(body, kind, scene.env);
    changeDefinitions(known, kind, body, scene);
    keepTagsOfRenamed(tag, body, scene);
    // No name means anything else after a comment.
    if (tag !== 'CommentStmt') scene.collector.effect({ kind: 'ddl' });
    return kind;
  };
}

function commandTag(tag: string, known: DdlKind, body: Tree): string {
  if (tag === 'CreateFunctionStmt' && bool(body, 'is_procedure')) return 'CREATE PROCEDURE';
  if ((tag === 'GrantStmt' || tag === 'GrantRoleStmt') && !bool(body, 'is_grant'))
    return known.kind.replace('GRANT', 'REVOKE');
  if (known.of === undefined) return known.kind;
  const type = str(body, known.of);
  // Renaming a column is an ALTER of what it is a column of.
  return `${known.kind} ${objectWords(type === 'OBJECT_COLUMN' ? str(body, 'relationType') : type)}`;
}

function changeDefinitions(known: DdlKind, kind: string, body: Tree, scene: Scene): void {
  const places = placesOf(known, body, scene);
  for (const { resource, location } of places)
    scene.collector.access({ action: 'ddl', resource, usage: 'none', location });
  if (known.opaque === true) scene.collector.opaque(kind, places[0]?.location);
  scene.collector.locking();
}

/**
 * Temporary objects live in pg_temp, which is searched first: what names mean would change unseen. The session follows
 * plain temporary tables and views only.
 */
export function refuseTemporary(body: Tree, kind: string, env: Environment): void {
  const isTemporary = rangeVarsOf(body, { queries: false }).some(
    (rangeVar) => targetSchema(rangeVar, env) === 'pg_temp' || findRelation(rangeVar, env)?.kind === 'temp',
  );
  // Without a schema in its name, a new type or operator goes to the first schema of the path.
  const createsInTemp = isTempSchema(env.namespace.searchPath[0] ?? '');
  if (isTemporary || createsInTemp || namesTempSchema(body)) throw notFollowed(`${kind} of a temporary object`);
}

/** The session would not know what the names of later statements mean. */
export function notFollowed(what: string, location?: number): RefusedAnalysis {
  const base = unsupported(what).refusal;
  const detail = 'Temporary objects hide permanent ones, and only plain temporary tables and views are followed.';
  const hint =
    'make a temporary table with the columns that it needs (CREATE TEMP TABLE ... AS), or a permanent object';
  return new RefusedAnalysis({ ...base, detail, hint }, location);
}

function namesTempSchema(body: Tree): boolean {
  let found = false;
  walk(body, (field, value) => {
    if (isQueryTag(field)) return false;
    if (field === 'String' && isTree(value) && isTempSchema(str(value, 'sval'))) found = true;
    return true;
  });
  return found;
}
