import type { Access, Effect, TempRelation, ValueSource } from './facts.ts';
import { flowKey } from './flows.ts';

type WriteTemp = Extract<Effect, { kind: 'writeTemp' }>;

/**
 * The temporary table after rows went into it, or changed. Only ever more taint: what was there may still be there.
 * @returns `temp` itself where it carries all of it already
 */
export function withTaint(temp: TempRelation, { sources, columnSources }: WriteTemp): TempRelation {
  if (columnSources === undefined) return withSources(wholeTaint(temp), sources);
  const isKnown = ({ column }: { readonly column: string }): boolean => temp.columns.includes(column);
  if (temp.columnSources === undefined || !columnSources.every(isKnown)) {
    const reads = columnSources.flatMap((one) => one.sources.map(readOf));
    return withSources(wholeTaint(temp), [...sources, ...reads]);
  }
  return withSources(withColumns(temp, temp.columnSources, columnSources), sources);
}

/** The same table where it is no longer known which value is in which column. */
export function wholeTaint(temp: TempRelation): TempRelation {
  const { columnSources, ...rest } = temp;
  return columnSources === undefined ? temp : withSources(rest, columnSources.flat().map(readOf));
}

function withColumns(
  temp: TempRelation,
  before: readonly (readonly ValueSource[])[],
  more: NonNullable<WriteTemp['columnSources']>,
): TempRelation {
  let isChanged = false;
  const columnSources = temp.columns.map((column, at) => {
    const known = before[at] ?? [];
    const merged = mergeValues([
      ...known,
      ...more.filter((one) => one.column === column).flatMap((one) => one.sources),
    ]);
    if (sameValues(known, merged)) return known;
    isChanged = true;
    return merged;
  });
  return isChanged ? { ...temp, columnSources } : temp;
}

function mergeValues(values: readonly ValueSource[]): readonly ValueSource[] {
  const merged = new Map<string, ValueSource>();
  for (const one of values) {
    const key = flowKey(one.resource, one.via);
    if (!merged.has(key) || !one.isCopy) merged.set(key, one);
  }
  return [...merged.values()];
}

function sameValues(one: readonly ValueSource[], other: readonly ValueSource[]): boolean {
  return one.length === other.length && one.every((value, at) => value.isCopy === other[at]?.isCopy);
}

/** Spans belong to another text, so they are left out; equal sources are kept once. */
function withSources(temp: TempRelation, sources: readonly Access[]): TempRelation {
  const merged = new Map([...temp.sources, ...sources].map((access) => [sourceKey(access), access]));
  return merged.size === temp.sources.length ? temp : { ...temp, sources: [...merged.values()] };
}

function readOf({ resource }: ValueSource): Access {
  return { action: 'select', resource, usage: 'output', spans: [] };
}

function sourceKey({ action, resource, usage, via }: Access): string {
  return `${action} ${usage} ${flowKey(resource, via)}`;
}

/** What tells two temporary relations apart: equal texts mean that reading them is judged alike. */
export function tempIdentity(temp: TempRelation): unknown {
  const columns = temp.columnSources?.map((sources) =>
    sources.map(({ resource, via, isCopy }) => `${flowKey(resource, via)} ${isCopy}`),
  );
  return [temp.name, temp.columns, temp.typeOids, temp.sources.map(sourceKey), columns, temp.isView];
}
