import type { TempRelation } from '../facts.ts';
import type { OutputColumn } from '../query/environment.ts';
import { analyseQuery } from '../query/query.ts';
import { unsupported } from '../refusal.ts';
import { bool, list, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import { targetSchema, tempNamed } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';
import { taint, writeTemps } from './temp-writes.ts';

/** CREATE TABLE AS and CREATE MATERIALIZED VIEW. */
export const createTableAs: StatementRule = (body, scene) => {
  const into = tree(body, 'into');
  if (into === undefined) throw unsupported('CREATE TABLE AS without a name');
  const isView = str(body, 'objtype') === 'OBJECT_MATVIEW';
  createFromQuery(body['query'], into, scene, bool(body, 'if_not_exists'));
  return isView ? 'CREATE MATERIALIZED VIEW' : 'CREATE TABLE AS';
};

/**
 * Reads the query, and creates a table of its result.
 * @param into the IntoClause
 * @returns the kind, for SELECT INTO
 */
export function createFromQuery(query: unknown, into: Tree, scene: Scene, ifNotExists = false): string {
  const rel = tree(into, 'rel');
  if (rel === undefined) throw unsupported('INTO without a name');
  const isTemp = targetSchema(rel, scene.env) === 'pg_temp';
  const outputs = readQuery(query, isTemp, scene);
  scene.collector.locking();
  if (isTemp)
    createTempTable(rel, columnsOf(outputs, names(list(into, 'colNames'))), scene, {
      ifNotExists,
      ...dropOnCommit(str(into, 'onCommit')),
    });
  else createPermanent(rel, scene);
  return 'SELECT INTO';
}

function readQuery(query: unknown, isTemp: boolean, scene: Scene): readonly OutputColumn[] {
  const node = nodeOf(query);
  if (node?.tag === 'ExecuteStmt') {
    if (isTemp) throw unsupported('CREATE TEMPORARY TABLE ... AS EXECUTE');
    scene.analyse(query, scene);
    return [];
  }
  if (node?.tag !== 'SelectStmt') throw unsupported(`CREATE TABLE AS ${node?.tag ?? ''}`);
  const outputs = analyseQuery(query, scene.env, scene.collector, 'output');
  writeTemps(node.body, scene);
  return outputs;
}

export type TempColumns = Pick<TempRelation, 'columns' | 'typeOids'>;

/**
 * The columns of a result, as a table has them. None where the result has columns that only the server knows: then any
 * name is taken for one.
 * @param given the list after the table's name, which renames the first columns
 */
export function columnsOf(outputs: readonly OutputColumn[], given: readonly string[]): TempColumns {
  if (outputs.some((output) => output.isOpen === true)) return { columns: [] };
  const columns = [...given, ...outputs.slice(given.length).map((output) => output.name)];
  return { columns, typeOids: outputs.map((output) => output.typeOid) };
}

type TempOptions = { readonly ifNotExists: boolean; readonly dropOnCommit?: true };

/** The session forgets such a table at the end of the transaction, when its name means another one again. */
export function dropOnCommit(action: string): { readonly dropOnCommit?: true } {
  return action === 'ONCOMMIT_DROP' ? { dropOnCommit: true } : {};
}

function createTempTable(rel: Tree, columns: TempColumns, scene: Scene, options: TempOptions): void {
  const { ifNotExists, ...drops } = options;
  const name = str(rel, 'relname');
  const sources = taint(scene.collector.accesses());
  const existing = ifNotExists ? tempNamed(scene.env, name) : undefined;
  // IF NOT EXISTS leaves a table that is there as it is.
  if (existing === undefined)
    scene.collector.effect({ kind: 'createTemp', relation: { name, ...columns, sources }, ...drops });
}

function createPermanent(rel: Tree, scene: Scene): void {
  const schema = targetSchema(rel, scene.env);
  scene.collector.access({ action: 'ddl', resource: { kind: 'schema', schema }, usage: 'none' });
  scene.collector.effect({ kind: 'ddl' });
}
