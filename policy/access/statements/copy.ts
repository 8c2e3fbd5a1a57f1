import { Collector } from '../collector.ts';
import type { Access } from '../facts.ts';
import { analyseQuery, analyseRelationExpression, readWholeRelation, writeWholeRelation } from '../query/query.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, bool, list, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import type { ResolvedRelation } from '../../catalog/catalog-index.ts';
import { findRelation, requireRelation } from './relations.ts';
import { replay } from './replay.ts';
import { resultOf } from './result.ts';
import type { Scene, StatementRule } from './scene.ts';
import { writeTemps } from './temp-writes.ts';
import { isQueryTag } from './walk.ts';

/** COPY in both directions; to or from a file or program of the server, also that. */
export const copy: StatementRule = (body, scene) => {
  if (str(body, 'filename') !== '' || bool(body, 'is_program')) {
    scene.collector.access({ action: 'serverFile', resource: { kind: 'database' }, usage: 'none' });
  }
  const relation = tree(body, 'relation');
  if (relation === undefined) copyQuery(body, scene);
  else if (bool(body, 'is_from')) copyFrom(relation, body, scene);
  else copyTo(relation, body, scene);
  return 'COPY';
};

function copyQuery(body: Tree, scene: Scene): void {
  const query = nodeOf(body['query']);
  if (query === undefined || !isQueryTag(query.tag)) throw unsupported(`COPY of ${query?.tag ?? 'this statement'}`);
  scene.collector.result(resultOf(analyseQuery(body['query'], scene.env, scene.collector, 'output')));
  writeTemps(query.body, scene);
}

function copyTo(relation: Tree, body: Tree, scene: Scene): void {
  requireRelation(relation, scene.env);
  const columns = names(list(body, 'attlist'));
  const read = readWholeRelation(relation, columns.length === 0 ? undefined : columns, scene.env, scene.collector);
  scene.collector.result(resultOf(read));
}

/** Judged as an INSERT of the same columns: defaults, generated columns, triggers and rules included. */
function copyFrom(relation: Tree, body: Tree, scene: Scene): void {
  const columns = names(list(body, 'attlist'));
  writeWholeRelation(relation, columns.length === 0 ? undefined : columns, scene.env, scene.collector);
  // With DEFAULT 'text' the data says which of the columns get their default.
  if (hasOption(body, 'default')) writeWholeRelation(relation, [], scene.env, scene.collector);
  scene.collector.locking();
  writeTemps({ relation }, scene);
  if (body['whereClause'] !== undefined) copyWhere(relation, body['whereClause'], scene);
}

function hasOption(body: Tree, name: string): boolean {
  return list(body, 'options').some((item) => str(bodyOf(item, 'DefElem') ?? {}, 'defname') === name);
}

/** WHERE sees the rows that come in, not those of the table: its columns are no reads, what it calls is. */
function copyWhere(relation: Tree, condition: unknown, scene: Scene): void {
  const scratch = new Collector(scene.env.toSpan);
  analyseRelationExpression(condition, relation, scene.env, scratch);
  const facts = scratch.finish('SELECT', scene.span);
  const target = findRelation(relation, scene.env);
  const isRead = (access: Access): boolean =>
    access.action === 'connect' || (access.action === 'select' && target !== undefined && isOf(target, access));
  replay(
    facts,
    scene.collector,
    () => true,
    (access) => !isRead(access),
  );
}

/** Children and sources of generated columns belong to the same rows; what a function reads does not. */
function isOf(target: ResolvedRelation, { resource, via }: Access): boolean {
  if (resource.kind !== 'column' && resource.kind !== 'table') return false;
  if (target.kind === 'temp') return via === 'temp';
  if (via === 'inheritance' || via === 'generated') return true;
  return via === undefined && resource.schema === target.relation.schema && resource.table === target.relation.name;
}
