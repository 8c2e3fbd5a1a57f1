import { bodyOf, bool, list, locationOf, type Tree, tree } from '../tree.ts';
import { refuseTemporary } from './ddl.ts';
import { type ExistingRows, readElements, readRows } from './existing-rows.ts';
import { requireRelation, tableResource } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/** CREATE INDEX reads its columns, calls what its expressions call, and prints keys that are not unique. */
export const createIndex: StatementRule = (body, scene) => {
  const rangeVar = tree(body, 'relation') ?? {};
  const found = requireRelation(rangeVar, scene.env);
  // Partitions get the index too, other children do not.
  const isPartitioned = found.kind === 'relation' && found.relation.kind === 'partitionedTable';
  const rows: ExistingRows = { rangeVar: { ...rangeVar, inh: isPartitioned && bool(rangeVar, 'inh') }, added: [] };
  const elements = [...list(body, 'indexParams'), ...list(body, 'indexIncludingParams')];
  readElements(elements, rows, scene, locationOf(rangeVar));
  if (body['whereClause'] !== undefined) readRows(body['whereClause'], rows, scene);
  scene.collector.locking();
  if (found.kind === 'relation') change(rangeVar, scene);
  return 'CREATE INDEX';
};

/** CREATE STATISTICS: ANALYZE computes the expressions and keeps samples of them. */
export const createStatistics: StatementRule = (body, scene) => {
  refuseTemporary(body, 'CREATE STATISTICS', scene.env);
  const relations = list(body, 'relations').map((item) => bodyOf(item, 'RangeVar') ?? {});
  for (const rangeVar of relations) {
    requireRelation(rangeVar, scene.env);
    readElements(list(body, 'exprs'), { rangeVar, added: [] }, scene, locationOf(rangeVar));
    change(rangeVar, scene);
  }
  scene.collector.locking();
  return 'CREATE STATISTICS';
};

function change(rangeVar: Tree, scene: Scene): void {
  const found = requireRelation(rangeVar, scene.env);
  if (found.kind === 'temp') return;
  const resource = tableResource(found.relation);
  scene.collector.access({ action: 'ddl', resource, usage: 'none', location: locationOf(rangeVar) });
  scene.collector.effect({ kind: 'ddl' });
}
