import type { AnalysisRefusal } from './analyzer.ts';
import type { AccessFacts } from './facts.ts';
import { ANY_NAME } from './other-names.ts';

/** What else the names in the second reader's list may be. All lower case. */
export type KnownNames = {
  /** Names in the text that are no tables to be judged: CTEs, functions, what DDL creates. */
  readonly otherNames: readonly string[];
  /** Whether the database has a relation of that name in any schema: its reader also lists keywords (ONLY, LATERAL). */
  readonly isRelation: (name: string) => boolean;
};

/**
 * One-sided: a table that the second reader sees and the authority's facts do not have. It never allows anything.
 * @returns the first such name; undefined where the readers agree
 */
export function unseenTable(tables: readonly string[], facts: AccessFacts, known: KnownNames): string | undefined {
  if (known.otherNames.includes(ANY_NAME)) return undefined;
  const seen = tablesOf(facts);
  return tables.find((name) => !seen.has(name) && !known.otherNames.includes(name) && known.isRelation(name));
}

function tablesOf(facts: AccessFacts): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of facts.statements) {
    for (const { resource } of statement.accesses) {
      if (resource.kind === 'table' || resource.kind === 'column') names.add(resource.table.toLowerCase());
    }
  }
  return names;
}

export function readersDisagree(): AnalysisRefusal {
  return {
    cause: 'readersDisagree',
    sqlstate: '42501',
    message: 'the two readers of this statement disagree on the tables that it touches',
    detail: 'A second SQL parser sees a table that the analysis does not.',
    hint: 'write the statement in a plainer way: no nested comments, no backslashes before quotes',
  };
}
