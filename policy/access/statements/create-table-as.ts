import type { NewTable, ResultColumn, TempRelation } from '../facts.ts';
import { flowSource, flowsOfNewTable } from '../flows.ts';
import type { OutputColumn } from '../query/environment.ts';
import { analyseQuery } from '../query/query.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, bool, list, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import { runPrepared } from './prepared.ts';
import { targetSchema, tempNamed } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';
import { keysOf, tableTaint, taint, writeTemps } from './temp-writes.ts';

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
  const created: NewTable = {
    schema: targetSchema(rel, scene.env),
    table: str(rel, 'relname'),
    columns: names(list(into, 'colNames')),
  };
  if (created.schema !== 'pg_temp') createPermanent(created, readRows(query, created, scene), scene);
  else {
    const outputs = readQuery(query, scene);
    createTempTable(rel, { ...columnsOf(outputs, created.columns), ...taintOf(outputs, scene) }, scene, {
      ifNotExists,
      ...dropOnCommit(str(into, 'onCommit')),
    });
  }
  scene.collector.locking();
  return 'SELECT INTO';
}

/** The columns of the rows that go into a stored table; of a statement prepared before, the session finds them. */
function readRows(query: unknown, into: NewTable, scene: Scene): readonly ResultColumn[] {
  const prepared = bodyOf(query, 'ExecuteStmt');
  if (prepared === undefined) return readQuery(query, scene);
  runPrepared(prepared, scene, into);
  return scene.collector.takeResult();
}

function readQuery(query: unknown, scene: Scene): readonly OutputColumn[] {
  const node = nodeOf(query);
  if (node?.tag === 'ExecuteStmt') throw unsupported('CREATE TEMPORARY TABLE ... AS EXECUTE');
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

/**
 * What is read by reading the table or view that holds the rows of the result. Call it when all of the query is analysed.
 * Where columns are not known, every one is all that the query read.
 */
export function taintOf(
  outputs: readonly OutputColumn[],
  { collector }: Scene,
): Pick<TempRelation, 'sources' | 'columnSources'> {
  if (outputs.some((output) => output.isOpen === true)) return { sources: taint(collector.accesses()) };
  const followed = new Set([...keysOf(outputs), ...collector.flows.keys()]);
  return { sources: tableTaint(collector, followed), columnSources: outputs.map((output) => output.sources) };
}

type TempOptions = { readonly ifNotExists: boolean; readonly dropOnCommit?: true };

/** The session forgets such a table at the end of the transaction, when its name means another one again. */
export function dropOnCommit(action: string): { readonly dropOnCommit?: true } {
  return action === 'ONCOMMIT_DROP' ? { dropOnCommit: true } : {};
}

function createTempTable(rel: Tree, made: Omit<TempRelation, 'name'>, scene: Scene, options: TempOptions): void {
  const { ifNotExists, ...drops } = options;
  const name = str(rel, 'relname');
  const existing = ifNotExists ? tempNamed(scene.env, name) : undefined;
  // IF NOT EXISTS leaves a table that is there as it is.
  if (existing === undefined) scene.collector.effect({ kind: 'createTemp', relation: { name, ...made }, ...drops });
}

function createPermanent(into: NewTable, outputs: readonly ResultColumn[], { collector }: Scene): void {
  collector.access({ action: 'ddl', resource: { kind: 'schema', schema: into.schema }, usage: 'none' });
  for (const { target, sources } of flowsOfNewTable(into, outputs))
    collector.flows.add(target, sources.map(flowSource));
  collector.effect({ kind: 'ddl' });
}
