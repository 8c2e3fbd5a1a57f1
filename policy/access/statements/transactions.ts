import type { Effect } from '../facts.ts';
import { unsupported } from '../refusal.ts';
import { bool, str, type Tree } from '../tree.ts';
import type { Scene, StatementRule } from './scene.ts';

type Verb = Extract<Effect, { kind: 'transaction' }>['verb'];

const VERBS: ReadonlyMap<string, readonly [Verb, string]> = new Map([
  ['TRANS_STMT_BEGIN', ['begin', 'BEGIN']],
  ['TRANS_STMT_START', ['begin', 'START TRANSACTION']],
  ['TRANS_STMT_COMMIT', ['commit', 'COMMIT']],
  ['TRANS_STMT_ROLLBACK', ['rollback', 'ROLLBACK']],
  ['TRANS_STMT_SAVEPOINT', ['savepoint', 'SAVEPOINT']],
  ['TRANS_STMT_RELEASE', ['release', 'RELEASE']],
  ['TRANS_STMT_ROLLBACK_TO', ['rollbackTo', 'ROLLBACK']],
]);

const TWO_PHASE: ReadonlyMap<string, string> = new Map([
  ['TRANS_STMT_PREPARE', 'PREPARE TRANSACTION'],
  ['TRANS_STMT_COMMIT_PREPARED', 'COMMIT PREPARED'],
  ['TRANS_STMT_ROLLBACK_PREPARED', 'ROLLBACK PREPARED'],
]);

/** BEGIN to ROLLBACK TO: nothing is touched, the session follows. Two-phase commit acts beyond the session: opaque. */
export const transaction: StatementRule = (body, scene) => {
  const kind = str(body, 'kind');
  const known = VERBS.get(kind);
  if (known !== undefined) return plainTransaction(known, body, scene);
  const tag = TWO_PHASE.get(kind);
  if (tag === undefined) throw unsupported(`transaction command ${kind}`);
  scene.collector.opaque(tag);
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  // PREPARE TRANSACTION takes the transaction away from the session: for its names that is a rollback.
  if (kind === 'TRANS_STMT_PREPARE') scene.collector.effect({ kind: 'transaction', verb: 'rollback' });
  return tag;
};

function plainTransaction([verb, tag]: readonly [Verb, string], body: Tree, scene: Scene): string {
  const name = str(body, 'savepoint_name');
  const named = name === '' ? {} : { name };
  const chained = bool(body, 'chain') ? { chain: true } : {};
  scene.collector.effect({ kind: 'transaction', verb, ...named, ...chained });
  return tag;
}
