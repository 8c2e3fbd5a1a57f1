import type { CatalogRelation } from '../../catalog/catalog.ts';
import { Collector } from '../collector.ts';
import type { Access } from '../facts.ts';
import { readWholeRelation, recomputeRows } from '../query/query.ts';
import { unknownRelation } from '../refusal.ts';
import { bodyOf, bool, list, locationOf, str, type Tree, tree } from '../tree.ts';
import { findRelation, requireRelation, tableResource, writtenName } from './relations.ts';
import { replay } from './replay.ts';
import type { Scene, StatementRule } from './scene.ts';

/** VACUUM and ANALYZE; of all tables where none is named. Without ONLY, descendants are looked at as well. */
export const vacuum: StatementRule = (body, scene) => {
  const rels = list(body, 'rels');
  if (rels.length === 0) maintainDatabase(scene);
  for (const item of rels) {
    const rangeVar = tree(bodyOf(item, 'VacuumRelation') ?? {}, 'relation');
    if (rangeVar === undefined) maintainDatabase(scene);
    else {
      maintainTable(rangeVar, scene, bool(rangeVar, 'inh'));
      if (!isPlainVacuum(body)) recompute(rangeVar, scene);
    }
  }
  scene.collector.locking();
  return bool(body, 'is_vacuumcmd') ? 'VACUUM' : 'ANALYZE';
};

/** It only frees space; ANALYZE and VACUUM FULL work out what indexes on expressions hold. */
function isPlainVacuum(body: Tree): boolean {
  const options = list(body, 'options').map((item) => str(bodyOf(item, 'DefElem') ?? {}, 'defname'));
  return bool(body, 'is_vacuumcmd') && !options.includes('full') && !options.includes('analyze');
}

/** Attack that this keeps: an index on a function that tells what it reads. */
function recompute(rangeVar: Tree, scene: Scene): void {
  if (findRelation(rangeVar, scene.env)?.kind === 'relation') recomputeRows(rangeVar, scene.env, scene.collector);
}

export const cluster: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation');
  if (rangeVar === undefined) maintainDatabase(scene);
  else {
    maintainTable(rangeVar, scene);
    recompute(rangeVar, scene);
  }
  scene.collector.locking();
  return 'CLUSTER';
};

/** An index is no relation of the catalog snapshot: what it belongs to is not known, so the whole database is asked for. */
export const reindex: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation');
  const kind = str(body, 'kind');
  const schema = str(body, 'name');
  if (kind === 'REINDEX_OBJECT_TABLE' && rangeVar !== undefined) {
    maintainTable(rangeVar, scene);
    recompute(rangeVar, scene);
  } else if (kind === 'REINDEX_OBJECT_SCHEMA' && schema !== '')
    scene.collector.access({ action: 'maintain', resource: { kind: 'schema', schema }, usage: 'none' });
  else maintainDatabase(scene);
  scene.collector.locking();
  return 'REINDEX';
};

/**
 * Runs the view's query as its owner, and keeps the rows: what it calls runs now, and reading it later is judged as reading
 * the base tables. Rows that are not unique, or that CONCURRENTLY cannot tell apart, are printed.
 */
export const refreshMaterializedView: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation') ?? {};
  const found = findRelation(rangeVar, scene.env);
  if (found === undefined) throw unknownRelation(writtenName(rangeVar), locationOf(rangeVar));
  maintainTable(rangeVar, scene);
  if (found.kind === 'relation' && !bool(body, 'skipData')) populate(found.relation, rangeVar, body, scene);
  scene.collector.locking();
  return 'REFRESH MATERIALIZED VIEW';
};

function populate(view: CatalogRelation, rangeVar: Tree, body: Tree, scene: Scene): void {
  const isPrinted = bool(body, 'concurrent') || (view.indexes ?? []).some(({ isUnique }) => isUnique);
  const scratch = new Collector(scene.env.toSpan);
  readWholeRelation(rangeVar, undefined, scene.env, scratch);
  const facts = scratch.finish('SELECT', scene.span);
  const accesses = facts.accesses.map(
    (one): Access => (one.action === 'select' ? { ...one, usage: 'condition' } : one),
  );
  const isWanted = ({ action }: Access): boolean => action !== 'connect' && (action !== 'select' || isPrinted);
  replay({ ...facts, accesses, flows: [] }, scene.collector, () => false, isWanted);
}

export const checkpoint: StatementRule = (_body, scene) => {
  maintainDatabase(scene);
  return 'CHECKPOINT';
};

/** @param isTree partitions always belong to their table, other descendants where the statement reaches them */
function maintainTable(rangeVar: Tree, scene: Scene, isTree = false): void {
  const found = requireRelation(rangeVar, scene.env);
  if (found.kind === 'temp') return;
  const location = locationOf(rangeVar);
  const { relation } = found;
  scene.collector.access({ action: 'maintain', resource: tableResource(relation), usage: 'none', location });
  const reachesDown = isTree || relation.kind === 'partitionedTable';
  for (const child of reachesDown ? scene.env.index.childrenOf(relation) : []) {
    const resource = tableResource(child);
    scene.collector.access({ action: 'maintain', resource, usage: 'none', via: 'inheritance', location });
  }
}

function maintainDatabase(scene: Scene): void {
  scene.collector.access({ action: 'maintain', resource: { kind: 'database' }, usage: 'none' });
}
