import type { Resource } from '../access/facts.ts';
import { containerOf } from './model.ts';
import { resourceKey } from '../access/facts.ts';
import type { ResourceTags } from './entities.ts';

/**
 * Tags that columns have got because values of tagged columns were brought into them. They only ever take rights away: a
 * question about such a column is asked without them and with them, and both must be allowed. (A tag that some policy
 * permits something for would otherwise be a right that anybody could give to a column by copying into it.)
 */
export type CarriedTagSource = {
  /** Of the resource itself; a table's are also those of its columns. */
  tagsOn(resource: Resource): readonly string[];
  /** Changes whenever an answer may. */
  readonly version: string;
};

export const NOTHING_CARRIED: CarriedTagSource = { tagsOn: () => [], version: '' };

/** Tags that statements of one message bring along, until they are known to everybody. */
export type PendingTags = ReadonlyMap<string, ReadonlySet<string>>;

/** The resource's own tags together with those that it carries, and those that are on their way. */
export function withCarried(own: ResourceTags, carried: CarriedTagSource, pending: PendingTags): ResourceTags {
  return {
    tagsOf: (resource) => {
      const more = carriedBy(resource, carried, pending);
      return more.length === 0 ? own.tagsOf(resource) : [...new Set([...own.tagsOf(resource), ...more])].sort();
    },
  };
}

function carriedBy(resource: Resource, carried: CarriedTagSource, pending: PendingTags): readonly string[] {
  if (resource.kind !== 'column' && resource.kind !== 'table') return [];
  const table = resource.kind === 'column' ? containerOf(resource) : undefined;
  return [resource, ...(table === undefined ? [] : [table])].flatMap((one) => [
    ...carried.tagsOn(one),
    ...(pending.get(resourceKey(one)) ?? []),
  ]);
}
