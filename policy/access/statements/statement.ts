import { Collector } from '../collector.ts';
import type { Access, StatementFacts } from '../facts.ts';
import type { RawStatement } from '../parse.ts';
import type { Environment } from '../query/environment.ts';
import { resolveParameterTypes } from '../query/query.ts';
import { unsupported } from '../refusal.ts';
import { nodeOf } from '../tree.ts';
import { alterTable } from './alter-table.ts';
import { listen, notify, unlisten } from './channels.ts';
import { alterPolicy, createPolicy, createRule, createTrigger } from './code-on-tables.ts';
import { copy } from './copy.ts';
import { createIndex, createStatistics } from './create-index.ts';
import { createSchema } from './create-schema.ts';
import { createTable } from './create-table.ts';
import { createTableAs } from './create-table-as.ts';
import { createView } from './create-view.ts';
import { closeCursor, declareCursor, fetch } from './cursors.ts';
import { bodyHooks, call, doStatement } from './code.ts';
import { ddlRule } from './ddl.ts';
import { alterDomain, createDomain } from './domains.ts';
import { drop } from './drop.ts';
import { explain } from './explain.ts';
import { lock, truncate } from './locks.ts';
import { checkpoint, cluster, refreshMaterializedView, reindex, vacuum } from './maintenance.ts';
import { deallocate, execute, prepare } from './prepared.ts';
import { insert, merge, remove, select, update } from './query-statements.ts';
import { type LocalNames, NO_LOCAL_NAMES, type Scene, type StatementRule } from './scene.ts';
import { discard, setConstraints } from './session-state.ts';
import { variableSet, variableShow } from './settings.ts';
import { hiddenSetConfig, movesNames, onSpecialCall } from './special-calls.ts';
import { transaction } from './transactions.ts';

/** Node kinds with a rule of their own; the other ones of PostgreSQL's grammar are in ddl-kinds.ts. */
const RULES: Readonly<Record<string, StatementRule>> = {
  SelectStmt: select,
  InsertStmt: insert,
  UpdateStmt: update,
  DeleteStmt: remove,
  MergeStmt: merge,
  CopyStmt: copy,
  ExplainStmt: explain,
  TransactionStmt: transaction,
  VariableSetStmt: variableSet,
  VariableShowStmt: variableShow,
  DiscardStmt: discard,
  ConstraintsSetStmt: setConstraints,
  PrepareStmt: prepare,
  ExecuteStmt: execute,
  DeallocateStmt: deallocate,
  DeclareCursorStmt: declareCursor,
  FetchStmt: fetch,
  ClosePortalStmt: closeCursor,
  ListenStmt: listen,
  UnlistenStmt: unlisten,
  NotifyStmt: notify,
  LockStmt: lock,
  TruncateStmt: truncate,
  VacuumStmt: vacuum,
  ClusterStmt: cluster,
  ReindexStmt: reindex,
  RefreshMatViewStmt: refreshMaterializedView,
  CheckPointStmt: checkpoint,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  ViewStmt: createView,
  IndexStmt: createIndex,
  CreateStatsStmt: createStatistics,
  AlterTableStmt: alterTable,
  CreateSchemaStmt: createSchema,
  CreateDomainStmt: createDomain,
  AlterDomainStmt: alterDomain,
  CreateTrigStmt: createTrigger,
  CreatePolicyStmt: createPolicy,
  AlterPolicyStmt: alterPolicy,
  RuleStmt: createRule,
  DropStmt: drop,
  CallStmt: call,
  DoStmt: doStatement,
};

/** SET, and SELECT where it is sure to run set_config once. */
const SETS: ReadonlySet<string> = new Set(['VariableSetStmt', 'SelectStmt']);

/**
 * What one statement touches.
 * @param raw as parse.ts gives it; `text` is the whole message's
 * @throws RefusedAnalysis for what no rule knows or can vouch for (INVARIANT 3)
 */
export function analyseStatement(
  raw: RawStatement,
  env: Environment,
  text: string,
  local: LocalNames = NO_LOCAL_NAMES,
): StatementFacts {
  const collector = new Collector(env.toSpan);
  const own: Environment = { ...env, onSpecialCall, hooks: bodyHooks(analyse) };
  const scene: Scene = { env: own, collector, text, span: raw.span, local, analyse };
  const kind = analyse(raw.stmt, scene);
  resolveParameterTypes(env, collector);
  const tag = nodeOf(raw.stmt)?.tag ?? '';
  // A cursor, a COPY or an EXPLAIN runs it at another time than the statement, or not at all.
  if (!SETS.has(tag) && collector.effects().some(movesNames)) throw hiddenSetConfig();
  if (collector.accesses().some(mayWrite)) collector.locking();
  return pointed(collector.finish(kind, raw.span));
}

/** What a function does that is not seen through is not known: it may write or lock. */
function mayWrite({ action, resource }: Access): boolean {
  if (action === 'execute') return resource.kind !== 'function' || resource.isSeenThrough !== true;
  return action === 'opaque' || action === 'notify';
}

/** Where no smaller part of the text can be pointed at, the whole statement is. */
function pointed(facts: StatementFacts): StatementFacts {
  const spans = [facts.span];
  return {
    ...facts,
    accesses: facts.accesses.map((access) => (access.spans.length > 0 ? access : { ...access, spans })),
  };
}

function analyse(node: unknown, scene: Scene): string {
  const found = nodeOf(node);
  if (found === undefined) throw unsupported('this kind of statement');
  const rule = (Object.hasOwn(RULES, found.tag) ? RULES[found.tag] : undefined) ?? ddlRule(found.tag);
  if (rule === undefined) throw unsupported(found.tag);
  return rule(found.body, scene);
}
