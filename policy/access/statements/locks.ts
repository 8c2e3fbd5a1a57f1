import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Action } from '../facts.ts';
import { analyseTruncate } from '../query/query.ts';
import { bodyOf, bool, list, locationOf, num, str, type Tree } from '../tree.ts';
import { requireRelation, tableResource } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/**
 * LOCK reads nothing, but blocks others: its own action. Views lock what they read, which blocks no reader of ours. The
 * weakest mode, which pg_dump takes, is that of any SELECT and needs the same right.
 */
export const lock: StatementRule = (body, scene) => {
  const isReading = num(body, 'mode') === ACCESS_SHARE;
  for (const relation of namedTables(body, scene)) chargeTree(isReading ? 'select' : 'lock', relation, scene);
  if (!isReading) scene.collector.locking();
  return 'LOCK TABLE';
};

/** @see lockdefs.h */
const ACCESS_SHARE = 1;

export const truncate: StatementRule = (body, scene) => {
  const isCascade = str(body, 'behavior') === 'DROP_CASCADE';
  for (const relation of namedTables(body, scene)) {
    chargeTree('truncate', relation, scene);
    analyseTruncate(relation.relation, scene.env, scene.collector, relation.location);
    if (isCascade) truncateReferring(relation, scene);
  }
  scene.collector.locking();
  return 'TRUNCATE TABLE';
};

/** CASCADE empties every table with a foreign key to these, and so on. */
function truncateReferring({ relation, location, withChildren }: NamedTable, scene: Scene): void {
  const { index } = scene.env;
  const emptied = new Set([relation, ...(withChildren ? index.childrenOf(relation) : [])]);
  // A Set visits members that are added while it is walked.
  for (const one of emptied) {
    for (const { relation: referring } of index.foreignKeysTo(one)) {
      emptied.add(referring);
      const resource = tableResource(referring);
      scene.collector.access({ action: 'truncate', resource, usage: 'none', via: 'constraint', location });
      analyseTruncate(referring, scene.env, scene.collector, location);
    }
  }
}

type NamedTable = {
  readonly relation: CatalogRelation;
  readonly location: number | undefined;
  readonly withChildren: boolean;
};

/** Temporary tables are the session's own: nothing to ask. */
function namedTables(body: Tree, scene: Scene): readonly NamedTable[] {
  return list(body, 'relations').flatMap((item) => {
    const rangeVar = bodyOf(item, 'RangeVar');
    const found = rangeVar === undefined ? undefined : requireRelation(rangeVar, scene.env);
    if (rangeVar === undefined || found === undefined || found.kind === 'temp') return [];
    return [{ relation: found.relation, location: locationOf(rangeVar), withChildren: bool(rangeVar, 'inh') }];
  });
}

function chargeTree(action: Action, named: NamedTable, scene: Scene): void {
  const { relation, location } = named;
  scene.collector.access({ action, resource: tableResource(relation), usage: 'none', location });
  const children = named.withChildren ? scene.env.index.childrenOf(relation) : [];
  for (const child of children) {
    scene.collector.access({ action, resource: tableResource(child), usage: 'none', via: 'inheritance', location });
  }
}
