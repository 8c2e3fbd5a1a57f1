import { list, nodeOf } from '../tree.ts';
import { refuseTemporary } from './ddl.ts';
import { findRelation, rangeVarsOf, tableResource } from './relations.ts';
import type { StatementRule } from './scene.ts';

/** Elements of CREATE SCHEMA that are no mere definition of something new. */
const OPAQUE: ReadonlySet<string> = new Set(['CreateTrigStmt', 'GrantStmt']);

/**
 * CREATE SCHEMA with the tables, views, indexes, sequences, triggers and grants in it. They are new and empty; what is there
 * already and changes with them (a parent, a referenced table) is charged.
 */
export const createSchema: StatementRule = (body, scene) => {
  refuseTemporary(body, 'CREATE SCHEMA', scene.env);
  scene.collector.access({ action: 'ddl', resource: { kind: 'database' }, usage: 'none' });
  for (const element of list(body, 'schemaElts')) {
    if (OPAQUE.has(nodeOf(element)?.tag ?? '')) scene.collector.opaque('CREATE SCHEMA with a trigger or a GRANT');
    for (const rangeVar of rangeVarsOf(element, { queries: false })) {
      const found = findRelation(rangeVar, scene.env);
      if (found?.kind !== 'relation') continue;
      scene.collector.access({ action: 'ddl', resource: tableResource(found.relation), usage: 'none' });
    }
  }
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  return 'CREATE SCHEMA';
};
