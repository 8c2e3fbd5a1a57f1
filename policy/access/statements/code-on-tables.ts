import { isSafeCall } from '../allow/safe-functions.ts';
import { Collector } from '../collector.ts';
import { type Access, resourceKey } from '../facts.ts';
import { analyseQuery } from '../query/query.ts';
import { unknownFunction } from '../refusal.ts';
import { bodyOf, list, locationOf, names, type Tree, tree } from '../tree.ts';
import { refuseTemporary } from './ddl.ts';
import { findRelation, rangeVarsOf, tableResource, targetSchema } from './relations.ts';
import { replay } from './replay.ts';
import type { Scene, StatementRule } from './scene.ts';

/**
 * CREATE TRIGGER: its function and its condition run in everybody's writes from now on. Opaque besides: rights of others are
 * at work there.
 */
export const createTrigger: StatementRule = (body, scene) => {
  refuseTemporary(body, 'CREATE TRIGGER', scene.env);
  const rangeVar = tree(body, 'relation') ?? {};
  chargeFunction(names(list(body, 'funcname')), scene);
  const rows = ['old', 'new'].map((aliasname) => ({ RangeVar: { ...rangeVar, alias: { aliasname } } }));
  if (body['whenClause'] !== undefined) readCondition(body['whenClause'], rows, scene);
  return changeTables('CREATE TRIGGER', body, scene);
};

/** CREATE POLICY and ALTER POLICY: conditions that the server adds to everybody's statements on the table. */
export const createPolicy: StatementRule = (body, scene) => rowPolicy('CREATE POLICY', body, scene);
export const alterPolicy: StatementRule = (body, scene) => rowPolicy('ALTER POLICY', body, scene);

function rowPolicy(kind: string, body: Tree, scene: Scene): string {
  refuseTemporary(body, kind, scene.env);
  const from = [{ RangeVar: tree(body, 'table') ?? {} }];
  for (const condition of [body['qual'], body['with_check']]) {
    if (condition !== undefined) readCondition(condition, from, scene);
  }
  return changeTables(kind, body, scene);
}

/** A rule rewrites everybody's statements on the table. Its actions are not seen through: OLD and NEW are no tables. */
export const createRule: StatementRule = (body, scene) => {
  refuseTemporary(body, 'CREATE RULE', scene.env);
  return changeTables('CREATE RULE', body, scene);
};

/** A trigger's function takes no declared arguments. */
function chargeFunction(parts: readonly string[], scene: Scene): void {
  const [name = '', schema] = parts.toReversed();
  const named = scene.env.index.resolveFunctions(
    scene.env.namespace,
    schema === undefined ? { name } : { schema, name },
  );
  const candidates = named.filter((fn) => fn.argTypeOids.length === 0);
  if (candidates.length === 0) throw unknownFunction(schema, name);
  for (const fn of candidates) {
    const resource = { kind: 'function', schema: fn.schema, name: fn.name } as const;
    if (!isSafeCall(fn)) scene.collector.access({ action: 'execute', resource, usage: 'none' });
  }
}

function readCondition(condition: unknown, fromClause: readonly unknown[], scene: Scene): void {
  const scratch = new Collector(scene.env.toSpan);
  const query = { fromClause, whereClause: condition, limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE' };
  analyseQuery({ SelectStmt: query }, scene.env, scratch, 'condition');
  // The condition is about single rows: that there are some is not read, but in its sub-selects.
  const own = new Set(fromClause.flatMap((item) => relativesOf(bodyOf(item, 'RangeVar') ?? {}, scene)));
  const isOwnTable = ({ action, resource }: Access): boolean =>
    action === 'select' && resource.kind === 'table' && own.has(resourceKey(resource));
  const facts = scratch.finish('SELECT', scene.span);
  replay(
    facts,
    scene.collector,
    () => false,
    (access) => access.action !== 'connect' && !isOwnTable(access),
  );
}

function relativesOf(rangeVar: Tree, scene: Scene): readonly string[] {
  const found = findRelation(rangeVar, scene.env);
  if (found?.kind !== 'relation') return [];
  const { relation } = found;
  const { index } = scene.env;
  const all = [relation, ...index.childrenOf(relation), ...index.ancestorsOf(relation)];
  return all.map((one) => resourceKey(tableResource(one)));
}

function changeTables(kind: string, body: Tree, scene: Scene): string {
  const [first, ...others] = rangeVarsOf(body, { queries: false });
  for (const rangeVar of first === undefined ? [] : [first, ...others]) {
    const found = findRelation(rangeVar, scene.env);
    const schema = { kind: 'schema', schema: targetSchema(rangeVar, scene.env) } as const;
    const resource = found?.kind === 'relation' ? tableResource(found.relation) : schema;
    scene.collector.access({ action: 'ddl', resource, usage: 'none', location: locationOf(rangeVar) });
  }
  scene.collector.opaque(kind, first === undefined ? undefined : locationOf(first));
  scene.collector.locking();
  scene.collector.effect({ kind: 'ddl' });
  return kind;
}
