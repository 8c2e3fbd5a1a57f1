import { Collector } from '../collector.ts';
import { bodyOf, list, locationOf, str, type Tree, tree } from '../tree.ts';
import { readForConstraint } from './constraint-rows.ts';
import { notFollowed } from './ddl.ts';
import { readColumns } from './existing-rows.ts';
import { replay } from './replay.ts';
import type { Scene } from './scene.ts';

/** Neither names nor types change, nor what later statements call. */
const HARMLESS: ReadonlySet<string> = new Set([
  'AT_DropNotNull',
  'AT_DropConstraint',
  'AT_SetStatistics',
  'AT_SetOptions',
  'AT_ResetOptions',
  'AT_SetStorage',
  'AT_SetCompression',
  'AT_ClusterOn',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_DropCluster',
]);

const KEYS_AND_CHECKS: ReadonlySet<string> = new Set([
  'CONSTR_PRIMARY',
  'CONSTR_UNIQUE',
  'CONSTR_NOTNULL',
  'CONSTR_CHECK',
]);

/**
 * ALTER TABLE of the session's own temporary table: keys, NOT NULL, plain CHECKs and storage. The session knows the table as
 * it was made, so what changes its columns or its name is refused.
 */
export function alterTemporary(body: Tree, scene: Scene): string {
  const rangeVar = tree(body, 'relation') ?? {};
  for (const item of list(body, 'cmds')) {
    const command = bodyOf(item, 'AlterTableCmd') ?? {};
    const constraint = bodyOf(command['def'], 'Constraint');
    const subtype = str(command, 'subtype');
    if (subtype === 'AT_SetNotNull') readColumns([str(command, 'name')], { rangeVar, added: [] }, scene);
    else if (subtype === 'AT_AddConstraint' && constraint !== undefined) addConstraint(constraint, rangeVar, scene);
    else if (!HARMLESS.has(subtype)) throw notFollowed('this change of a temporary table', locationOf(rangeVar));
  }
  scene.collector.locking();
  return 'ALTER TABLE';
}

/** A CHECK that calls something would call it at every later write, which is not followed. */
function addConstraint(constraint: Tree, rangeVar: Tree, scene: Scene): void {
  if (!KEYS_AND_CHECKS.has(str(constraint, 'contype')))
    throw notFollowed('this change of a temporary table', locationOf(rangeVar));
  const scratch: Scene = { ...scene, collector: new Collector(scene.env.toSpan) };
  readForConstraint(constraint, undefined, { rangeVar, added: [] }, scratch);
  const facts = scratch.collector.finish('ALTER TABLE', scene.span);
  if (facts.accesses.some(({ action }) => action === 'execute' || action === 'opaque'))
    throw notFollowed('this change of a temporary table', locationOf(rangeVar));
  replay(facts, scene.collector, () => false);
}
