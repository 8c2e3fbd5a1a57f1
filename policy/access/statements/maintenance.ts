import { unknownRelation } from '../refusal.ts';
import { bodyOf, bool, list, locationOf, str, type Tree, tree } from '../tree.ts';
import { findRelation, requireRelation, tableResource, writtenName } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/** VACUUM and ANALYZE; of all tables where none is named. */
export const vacuum: StatementRule = (body, scene) => {
  const rels = list(body, 'rels');
  if (rels.length === 0) maintainDatabase(scene);
  for (const item of rels) {
    const rangeVar = tree(bodyOf(item, 'VacuumRelation') ?? {}, 'relation');
    if (rangeVar === undefined) maintainDatabase(scene);
    else maintainTable(rangeVar, scene);
  }
  scene.collector.locking();
  return bool(body, 'is_vacuumcmd') ? 'VACUUM' : 'ANALYZE';
};

export const cluster: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation');
  if (rangeVar === undefined) maintainDatabase(scene);
  else maintainTable(rangeVar, scene);
  scene.collector.locking();
  return 'CLUSTER';
};

/** An index is no relation of the catalog snapshot: what it belongs to is not known, so the whole database is asked for. */
export const reindex: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation');
  const isTable = str(body, 'kind') === 'REINDEX_OBJECT_TABLE';
  if (isTable && rangeVar !== undefined) maintainTable(rangeVar, scene);
  else maintainDatabase(scene);
  scene.collector.locking();
  return 'REINDEX';
};

/** Runs the view's query as its owner and keeps the rows: reading them is judged as reading the base tables. */
export const refreshMaterializedView: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation') ?? {};
  if (findRelation(rangeVar, scene.env) === undefined)
    throw unknownRelation(writtenName(rangeVar), locationOf(rangeVar));
  maintainTable(rangeVar, scene);
  scene.collector.locking();
  return 'REFRESH MATERIALIZED VIEW';
};

export const checkpoint: StatementRule = (_body, scene) => {
  maintainDatabase(scene);
  return 'CHECKPOINT';
};

function maintainTable(rangeVar: Tree, scene: Scene): void {
  const found = requireRelation(rangeVar, scene.env);
  if (found.kind === 'temp') return;
  const resource = tableResource(found.relation);
  scene.collector.access({ action: 'maintain', resource, usage: 'none', location: locationOf(rangeVar) });
}

function maintainDatabase(scene: Scene): void {
  scene.collector.access({ action: 'maintain', resource: { kind: 'database' }, usage: 'none' });
}
