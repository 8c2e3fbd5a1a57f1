import { Collector } from '../collector.ts';
import { unsupported } from '../refusal.ts';
import { bodyOf, list, nodeOf, str, type Tree } from '../tree.ts';
import { constantBoolean } from './constants.ts';
import { replay } from './replay.ts';
import type { Scene, StatementRule } from './scene.ts';
import { isQueryTag } from './walk.ts';

const EXPLAINABLE: ReadonlySet<string> = new Set([
  'DeclareCursorStmt',
  'CreateTableAsStmt',
  'RefreshMatViewStmt',
  'ExecuteStmt',
]);

/**
 * Charged as the statement it explains, executed or not: planning folds constants by calling functions, and estimates come
 * from column statistics. Only ANALYZE has the statement's effects.
 */
export const explain: StatementRule = (body, scene) => {
  const inner = nodeOf(body['query']);
  if (inner === undefined || !(isQueryTag(inner.tag) || EXPLAINABLE.has(inner.tag))) {
    throw unsupported(`EXPLAIN of ${inner?.tag ?? 'this statement'}`);
  }
  const scratch: Scene = { ...scene, collector: new Collector(scene.env.toSpan) };
  const kind = scratch.analyse(body['query'], scratch);
  const runs = isAnalyze(body);
  const { flows, ...facts } = scratch.collector.finish(kind, scene.span);
  replay(
    runs && flows !== undefined ? { ...facts, flows } : facts,
    scene.collector,
    (effect) => runs || effect.kind === 'executePrepared',
  );
  return 'EXPLAIN';
};

/** The last ANALYZE option counts; one that is no boolean is an error in PostgreSQL. */
function isAnalyze(body: Tree): boolean {
  let runs = false;
  for (const item of list(body, 'options')) {
    const option = bodyOf(item, 'DefElem');
    if (option === undefined || str(option, 'defname') !== 'analyze') continue;
    runs = option['arg'] === undefined || constantBoolean(option['arg']) !== false;
  }
  return runs;
}
