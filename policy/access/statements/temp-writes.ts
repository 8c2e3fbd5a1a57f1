import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Collector } from '../collector.ts';
import type { Access, ResultColumn } from '../facts.ts';
import { flowKey } from '../flows.ts';
import { unsound, unsupported } from '../refusal.ts';
import { isTree, type Tree, tree } from '../tree.ts';
import { findRelation } from './relations.ts';
import type { Scene } from './scene.ts';
import { walk } from './walk.ts';

const WRITING: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * What every use of a temporary table counts as after this statement put rows into it: conditions, which chose the rows,
 * functions, and reads of which it is not known where their values went.
 * @param followed the reads whose values were seen going into some column, or to the client
 */
export function tableTaint(collector: Collector, followed: ReadonlySet<string>): readonly Access[] {
  const rows = collector.steering().filter(({ action, usage, resource, via }) => {
    return action !== 'select' || usage !== 'output' || !followed.has(flowKey(resource, via));
  });
  const tables = collector
    .touched()
    .map(({ action, usage, resource }): Access => ({ action, usage, resource, spans: [] }));
  return taint([...rows, ...tables]);
}

/** Keys of all sources. */
export function keysOf(columns: readonly ResultColumn[]): ReadonlySet<string> {
  return new Set(columns.flatMap((column) => column.sources.map(({ resource, via }) => flowKey(resource, via))));
}

/**
 * The taint of a temporary table that is not followed column by column: all that a statement read before rows went in.
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
 * Adds a writeTemp effect for each temporary table that the statement writes to, in WITH as well. Call it after the query
 * was analysed, and its result told to the collector.
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
  if (written.size === 0) return;
  const { collector } = scene;
  const sources = tableTaint(collector, new Set([...collector.flows.keys(), ...keysOf(collector.resultSoFar())]));
  for (const name of written) {
    collector.effect({ kind: 'writeTemp', name, sources, columnSources: collector.flows.intoTemp(name) });
  }
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
