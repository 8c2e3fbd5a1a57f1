import { analyseText, prepareCatalog } from '../../../../policy/access/analyse-text.ts';
import type { AnalysisRefusal, Namespace } from '../../../../policy/access/analyzer.ts';
import { type Access, resourceKey, type StatementFacts } from '../../../../policy/access/facts.ts';
import { loadParser } from '../../../../policy/access/parse.ts';
import { TINY } from './tiny-catalog.ts';

await loadParser();
const prepared = prepareCatalog(TINY);

export const PUBLIC: Namespace = { searchPath: ['public'], role: 'app', tempRelations: [], key: 'public' };

/** Facts of a text before the tiny catalog; fails the test where it is refused. */
export function statementsOf(text: string, namespace: Namespace = PUBLIC): readonly StatementFacts[] {
  const reading = analyseText(text, namespace, prepared, { maxNesting: 1000 });
  if (reading.kind === 'refused') throw new Error(`refused: ${reading.refusal.message}`);
  return reading.facts.statements;
}

export function statementOf(text: string, namespace?: Namespace): StatementFacts {
  const [statement, ...others] = statementsOf(text, namespace);
  if (statement === undefined || others.length > 0) throw new Error(`not one statement: ${text}`);
  return statement;
}

/** `select public.customers.ssn output`, sorted. */
export function linesOf(statement: StatementFacts): readonly string[] {
  return statement.accesses.map(line).sort();
}

export function accessesOf(text: string, namespace?: Namespace): readonly string[] {
  return linesOf(statementOf(text, namespace));
}

export function refusalOf(text: string, namespace: Namespace = PUBLIC): AnalysisRefusal {
  const reading = analyseText(text, namespace, prepared, { maxNesting: 1000 });
  if (reading.kind === 'facts') throw new Error(`not refused: ${text}`);
  return reading.refusal;
}

function line({ action, resource, usage, via }: Access): string {
  return `${action} ${resourceKey(resource)} ${usage}${via === undefined ? '' : ` via ${via}`}`;
}
