import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Access } from '../facts.ts';
import { unsound, unsupported } from '../refusal.ts';
import { isTree, type Tree, tree } from '../tree.ts';
import { findRelation } from './relations.ts';
import type { Scene } from './scene.ts';
import { walk } from './walk.ts';

const WRITING: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * The taint of a temporary table: what a statement read before rows went in. Conditions count: they choose the rows.
 * Spans are left out, they belong to this text.
 */
export function taint(accesses: readonly Access[]): readonly Access[] {
  return accesses
    .filter(
      ({ action }) => action === 'select' || action === 'execute' || action === 'opaque' || action === 'serverFile',
    )
    .map((access) => ({ ...access, spans: [] }));
}

/**
 * Adds a writeTemp effect for each temporary table that the statement writes to, in WITH as well.
 * Call it after the query was analysed: all reads of the statement are taken as sources.
 * @param body the fields of the statement's node; it may be a writing one itself
 */
export function writeTemps(body: Tree, scene: Scene): void {
  const written = new Set<string>();
  for (const target of targetsOf(body)) {
    const found = findRelation(target, scene.env);
    if (found?.kind === 'relation') refuseSettingsTable(found.relation);
    if (found?.kind !== 'temp') continue;
    if (found.temp.isView === true) throw unsupported('writing to a temporary view');
    written.add(found.temp.name);
  }
  const sources = written.size === 0 ? [] : taint(scene.collector.accesses());
  for (const name of written) scene.collector.effect({ kind: 'writeTemp', name, sources });
}

/** UPDATE pg_settings is set_config for every row that WHERE finds: which settings change is not in the text. */
function refuseSettingsTable({ schema, name }: CatalogRelation): void {
  if (schema === 'pg_catalog' && name === 'pg_settings') throw unsound('pg_settings cannot be written to', 'use SET');
}

function targetsOf(body: Tree): readonly Tree[] {
  const targets: Tree[] = [];
  const own = tree(body, 'relation');
  if (own !== undefined) targets.push(own);
  walk(body, (field, value) => {
    if (!WRITING.has(field) || !isTree(value)) return true;
    const relation = tree(value, 'relation');
    if (relation !== undefined) targets.push(relation);
    return true;
  });
  return targets;
}
