import type { Access, StatementFacts, ValueFlow, ValueSource } from '../access/facts.ts';
import { resourceKey } from '../access/facts.ts';
import type { CarriedTags } from './decision.ts';
import type { ResourceTags } from './entities.ts';

/** Tags of data that is open to everybody who may connect, and of settings: a copy of it needs no protection. */
const OPEN_TAGS: ReadonlySet<string> = new Set(['catalog', 'client']);

/** What the policies are asked about a statement's flows, and which tags its targets carry once they allow it. */
export type Copies = { readonly accesses: readonly Access[]; readonly carries: readonly CarriedTags[] };

/**
 * A `copy` for each source whose tags the target does not carry yet: bringing personal data into a column that is protected
 * as personal data is no question.
 * @param tags the columns' own and carried ones
 */
export function copiesOf(facts: StatementFacts, tags: ResourceTags): Copies {
  const accesses: Access[] = [];
  const carries: CarriedTags[] = [];
  for (const flow of facts.flows ?? []) {
    const carried = new Set(tags.tagsOf(flow.target));
    const bare = flow.sources.filter((source) => missing(source, tags, carried).length > 0);
    if (bare.length === 0) continue;
    accesses.push(...bare.map((source) => copyOf(source, flow, facts)));
    const more = [...new Set(bare.flatMap((source) => missing(source, tags, carried)))].sort();
    carries.push({ target: flow.target, tags: more, sources: bare.map(({ resource }) => resource) });
  }
  return { accesses, carries };
}

function missing(source: ValueSource, tags: ResourceTags, carried: ReadonlySet<string>): readonly string[] {
  return tags.tagsOf(source.resource).filter((tag) => !carried.has(tag) && !OPEN_TAGS.has(tag));
}

function copyOf({ resource, via, isCopy }: ValueSource, { target }: ValueFlow, facts: StatementFacts): Access {
  const base = { action: 'copy', resource, usage: 'output', target, isCopy, spans: spansOf(resource, facts) } as const;
  return via === undefined ? base : { ...base, via };
}

/** Where the statement reads it. */
function spansOf(resource: Access['resource'], facts: StatementFacts): Access['spans'] {
  const key = resourceKey(resource);
  const read = facts.accesses.find(
    (access) => access.action === 'select' && access.usage === 'output' && resourceKey(access.resource) === key,
  );
  return read?.spans ?? [facts.span];
}
