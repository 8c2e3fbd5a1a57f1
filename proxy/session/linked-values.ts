import type { ResultColumn, StatementFacts, ValueFlow } from '../../policy/access/facts.ts';
import { flowsOfNewTable } from '../../policy/access/flows.ts';

type Values = Pick<StatementFacts, 'result' | 'flows'>;

/** Statements that give the client the rows of what they run; EXPLAIN, MOVE and CREATE TABLE AS EXECUTE do not. */
const GIVE_ROWS: ReadonlySet<string> = new Set(['EXECUTE', 'FETCH']);

/** The result of an EXECUTE or FETCH, and what goes where by it: that of the statement which is found under the name. */
export function linkedValues(statement: StatementFacts, linked: readonly StatementFacts[]): Values {
  const result = linked.findLast((one) => one.result !== undefined)?.result;
  const flows = [
    ...(statement.flows ?? []),
    ...linked.flatMap((one) => one.flows ?? []),
    ...created(statement, result),
  ];
  return {
    ...(result !== undefined && GIVE_ROWS.has(statement.kind) ? { result } : {}),
    ...(flows.length === 0 ? {} : { flows }),
  };
}

function created({ effects }: StatementFacts, result: readonly ResultColumn[] = []): readonly ValueFlow[] {
  return effects.flatMap((effect) =>
    effect.kind === 'executePrepared' && effect.into !== undefined ? flowsOfNewTable(effect.into, result) : [],
  );
}
