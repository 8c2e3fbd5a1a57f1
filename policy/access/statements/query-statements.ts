import { analyseQuery } from '../query/query.ts';
import { bodyOf, list, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import { createFromQuery } from './create-table-as.ts';
import { resultOf } from './result.ts';
import { readSettingNames } from './pg-dump-settings.ts';
import type { Scene, StatementRule } from './scene.ts';
import { hiddenSetConfig, movesNames } from './special-calls.ts';
import { writeTemps } from './temp-writes.ts';

/** SELECT, VALUES, TABLE; SELECT INTO is a CREATE TABLE AS. */
export const select: StatementRule = (body, scene) => {
  const into = intoClauseOf(body);
  if (into !== undefined) return createFromQuery({ SelectStmt: withoutInto(body) }, into, scene);
  const query = readSettingNames(body, scene.env);
  scene.collector.result(resultOf(analyseQuery({ SelectStmt: query }, scene.env, scene.collector, 'output')));
  writeTemps(body, scene);
  requirePlainSetConfig(query, scene);
  return 'SELECT';
};

export const insert: StatementRule = (body, scene) => write('InsertStmt', 'INSERT', body, scene);
export const update: StatementRule = (body, scene) => write('UpdateStmt', 'UPDATE', body, scene);
export const remove: StatementRule = (body, scene) => write('DeleteStmt', 'DELETE', body, scene);
export const merge: StatementRule = (body, scene) => write('MergeStmt', 'MERGE', body, scene);

function write(tag: string, kind: string, body: Tree, scene: Scene): string {
  const returned = resultOf(analyseQuery({ [tag]: body }, scene.env, scene.collector, 'output'));
  if (returned.length > 0) scene.collector.result(returned);
  writeTemps(body, scene);
  return kind;
}

/** INTO stands on the first arm of a set operation. */
function intoClauseOf(body: Tree): Tree | undefined {
  const left = tree(body, 'larg');
  return tree(body, 'intoClause') ?? (left === undefined ? undefined : intoClauseOf(left));
}

function withoutInto(body: Tree): Tree {
  const { intoClause: _into, ...rest } = body;
  const left = tree(rest, 'larg');
  return left === undefined ? rest : { ...rest, larg: withoutInto(left) };
}

/**
 * Only `SELECT set_config(...)` without FROM, WHERE and the like is sure to run once: anywhere else it may run or not, and
 * the names of later statements would be guessed.
 */
function requirePlainSetConfig(query: Tree, scene: Scene): void {
  const isPlain = Object.keys(query).every(
    (field) => field === 'targetList' || field === 'limitOption' || field === 'op',
  );
  const onlyCalls = list(query, 'targetList').every((target) => isPlainTarget(target));
  const isSure = isPlain && onlyCalls && str(query, 'op') === 'SETOP_NONE';
  if (!isSure && scene.collector.effects().some(movesNames)) throw hiddenSetConfig();
}

function isPlainTarget(target: unknown): boolean {
  const value = nodeOf(bodyOf(target, 'ResTarget')?.['val']);
  if (value?.tag === 'A_Const') return true;
  return value?.tag === 'FuncCall' && names(list(value.body, 'funcname')).at(-1) === 'set_config';
}
