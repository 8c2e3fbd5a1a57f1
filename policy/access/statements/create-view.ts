import { analyseQuery } from '../query/query.ts';
import { unsupported } from '../refusal.ts';
import { list, names, nodeOf, str, type Tree, tree } from '../tree.ts';
import { columnsOf, taintOf } from './create-table-as.ts';
import { findRelation, rangeVarsOf, targetSchema } from './relations.ts';
import type { Scene, StatementRule } from './scene.ts';

/**
 * CREATE VIEW. A permanent one is DDL: who reads it later is judged by what is under it. A temporary one is followed by the
 * session like a table whose rows were read now.
 */
export const createView: StatementRule = (body, scene) => {
  const view = tree(body, 'view');
  if (view === undefined) throw unsupported('CREATE VIEW without a name');
  if (nodeOf(body['query'])?.tag !== 'SelectStmt') throw unsupported('CREATE VIEW of anything but a query');
  refuseOverTemporary(body, scene);
  scene.collector.locking();
  const schema = targetSchema(view, scene.env);
  if (schema === 'pg_temp') createTempView(view, body, scene);
  else {
    scene.collector.access({ action: 'ddl', resource: { kind: 'schema', schema }, usage: 'none' });
    scene.collector.effect({ kind: 'ddl' });
  }
  return 'CREATE VIEW';
};

/** PostgreSQL makes it temporary without being told; and rows that go into the table later would taint the view as well. */
function refuseOverTemporary(body: Tree, scene: Scene): void {
  const reads = rangeVarsOf(body['query'], { queries: true });
  if (reads.some((rangeVar) => findRelation(rangeVar, scene.env)?.kind === 'temp')) {
    throw unsupported('a view over a temporary table');
  }
}

function createTempView(view: Tree, body: Tree, scene: Scene): void {
  const outputs = analyseQuery(body['query'], scene.env, scene.collector, 'output');
  const aliases = names(list(body, 'aliases'));
  const columns = columnsOf(outputs, aliases);
  const relation = { name: str(view, 'relname'), ...columns, ...taintOf(outputs, scene), isView: true } as const;
  scene.collector.effect({ kind: 'createTemp', relation });
}
