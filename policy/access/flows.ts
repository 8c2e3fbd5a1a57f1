import type { NewTable, Resource, ResultColumn, Span, ValueFlow, ValueSource, Via } from './facts.ts';
import { resourceKey } from './facts.ts';
import { limitExceeded } from './refusal.ts';

/** A column of which a value goes somewhere, as the query analysis keeps it. */
export type FlowSource = {
  /** Of the resource and the way (`via`) together. */
  readonly key: string;
  readonly resource: Resource;
  readonly via?: Via;
  readonly spans: readonly Span[];
  readonly isDerived?: true;
};

type Target = ValueFlow['target'];

/** More than any statement of a person has; every one is a question to the policies. */
const MAX_FLOWS = 50_000;

/** The columns of a result become those of a new table. */
export function flowsOfNewTable(into: NewTable, result: readonly ResultColumn[]): readonly ValueFlow[] {
  const { schema, table } = into;
  const isOpen = result.some((column) => column.isOpen === true);
  return result.map(({ name, sources }, at): ValueFlow => {
    // Which of the further columns gets what is not known: the whole table does.
    if (isOpen) return { target: { kind: 'table', schema, table }, sources };
    return { target: { kind: 'column', schema, table, column: into.columns[at] ?? name }, sources };
  });
}

/** What one statement brings into which column, of stored tables and of temporary ones (schema `pg_temp`). */
export class Flows {
  readonly #byTarget = new Map<string, { readonly target: Target; readonly sources: Map<string, FlowSource> }>();
  #count = 0;

  /** @throws RefusedAnalysis 54000 beyond 50,000 pairs of source and target */
  add(target: Target, sources: Iterable<FlowSource>): void {
    const key = resourceKey(target);
    const known = this.#byTarget.get(key) ?? { target, sources: new Map<string, FlowSource>() };
    for (const one of sources) {
      const before = known.sources.get(one.key);
      if (before !== undefined && (before.isDerived === true || one.isDerived === undefined)) continue;
      if (before === undefined) this.#count += 1;
      known.sources.set(one.key, one);
    }
    if (this.#count > MAX_FLOWS) throw limitExceeded(`a statement can bring at most ${MAX_FLOWS} values into columns`);
    if (known.sources.size > 0) this.#byTarget.set(key, known);
  }

  /** What has been brought into one column so far. */
  into(target: Target): ReadonlyMap<string, FlowSource> {
    return this.#byTarget.get(resourceKey(target))?.sources ?? new Map<string, FlowSource>();
  }

  /** Everything that has gone somewhere, by key. */
  keys(): ReadonlySet<string> {
    return new Set([...this.#byTarget.values()].flatMap(({ sources }) => [...sources.keys()]));
  }

  intoTemp(name: string): readonly { readonly column: string; readonly sources: readonly ValueSource[] }[] {
    return [...this.#byTarget.values()].flatMap(({ target, sources }) => {
      if (target.kind !== 'column' || target.schema !== 'pg_temp' || target.table !== name) return [];
      return [{ column: target.column, sources: [...sources.values()].map(valueSource) }];
    });
  }

  /** Those into stored tables; a column that only goes into itself (`SET n = n + 1`) goes nowhere. */
  stored(): readonly ValueFlow[] {
    return [...this.#byTarget.values()].flatMap(({ target, sources }) => {
      const others = [...sources.values()].filter(({ resource }) => resourceKey(resource) !== resourceKey(target));
      if (target.schema === 'pg_temp' || others.length === 0) return [];
      return [{ target, sources: others.map(valueSource) }];
    });
  }
}

export function valueSource({ resource, via, isDerived }: FlowSource): ValueSource {
  const isCopy = isDerived === undefined;
  return via === undefined ? { resource, isCopy } : { resource, isCopy, via };
}

/** The other way round; places are those of the statement's reads. */
export function flowSource({ resource, via, isCopy }: ValueSource): FlowSource {
  const base = { key: flowKey(resource, via), resource, spans: [], ...(via === undefined ? {} : { via }) };
  return isCopy ? base : { ...base, isDerived: true };
}

export function flowKey(resource: Resource, via: Via | undefined): string {
  return `${resource.kind} ${resourceKey(resource)} ${via ?? ''}`;
}
