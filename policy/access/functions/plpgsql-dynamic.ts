import { bodyOf, list, nodeOf, str, tree } from '../tree.ts';
import type { Rows } from '../query/value.ts';
import { bodyStatement } from './sql-body.ts';
import type { Run } from './plpgsql-run.ts';
import { assignmentText, evaluate, onlyStatement } from './plpgsql-run.ts';

/**
 * EXECUTE in all its forms: a constant text without parameters is a statement like any other, all else is known to nobody
 * before it runs.
 * @returns the rows that it gives
 */
export function dynamic(run: Run, query: unknown, params: readonly unknown[]): Rows {
  for (const parameter of params) evaluate(run, parameter, 'output');
  const text = params.length > 0 ? undefined : constantText(run, query);
  if (text !== undefined) return bodyStatement(run.context, onlyStatement(run, text));
  // What flows into the text reaches the statement, whatever that does with it.
  evaluate(run, query, 'output');
  run.context.collector.opaque(`EXECUTE in ${run.shown}`, undefined, [], run.resource);
  return { columns: [], open: new Map() };
}

/** The text where the expression is nothing but a string. */
function constantText(run: Run, node: unknown): string | undefined {
  const select = bodyOf(onlyStatement(run, `SELECT ${assignmentText(run, node)}`), 'SelectStmt');
  const targets = select === undefined ? [] : list(select, 'targetList');
  const value = nodeOf(bodyOf(targets[0], 'ResTarget')?.['val']);
  const isPlain = targets.length === 1 && select?.['fromClause'] === undefined && select?.['whereClause'] === undefined;
  const string = isPlain && value?.tag === 'A_Const' ? tree(value.body, 'sval') : undefined;
  return string === undefined ? undefined : str(string, 'sval');
}
