import type { ResultColumn, ValueSource } from '../facts.ts';
import type { OutputColumn } from '../query/environment.ts';

/** Facts are kept for each text, and in the audit: a result that says where 20,000 values come from says enough. */
const MAX_SOURCES = 20_000;

/** The columns of a result as facts have them. Beyond the limit a column is the whole rest of the result. */
export function resultOf(outputs: readonly OutputColumn[]): readonly ResultColumn[] {
  const columns: ResultColumn[] = [];
  let count = 0;
  for (const [at, { name, sources, isOpen }] of outputs.entries()) {
    count += sources.length;
    if (count > MAX_SOURCES) return [...columns, rest(outputs.slice(at))];
    columns.push(isOpen === undefined ? { name, sources } : { name, sources, isOpen });
  }
  return columns;
}

function rest(outputs: readonly OutputColumn[]): ResultColumn {
  const sources = new Map<string, ValueSource>();
  for (const one of outputs.flatMap((output) => output.sources)) {
    const { resource, via } = one;
    sources.set(JSON.stringify([resource, via]), { ...one, isCopy: false });
  }
  return { name: '?column?', sources: [...sources.values()], isOpen: true };
}
