import type { CatalogRelation } from '../../catalog/catalog.ts';
import type { Collector } from '../collector.ts';
import { flowSource } from '../flows.ts';
import type { TriggerRow } from '../query/body-facts.ts';
import type { Context } from '../query/context.ts';
import type { Scope } from '../query/scope.ts';
import type { WriteEvent } from '../query/write-facts.ts';
import { entry } from './sql-body.ts';
import { triggerRows } from './trigger-rows.ts';

/** A write as triggers and rules see it. */
export type Write = {
  readonly relation: CatalogRelation;
  readonly event: WriteEvent;
  readonly location?: number | undefined;
  /** The columns that an UPDATE sets; left out where they are not known. */
  readonly columns?: ReadonlySet<string> | undefined;
};

/** OLD and NEW as FROM items. */
export function rowScope(context: Context, row: TriggerRow): Scope {
  const entries = [...triggerRows(context, row)].map(([name, columns]) => entry(name, { columns }));
  return { entries, ctes: undefined, parent: undefined };
}

/** Reports what a definition of the table touches, at the place that names the table. */
export function reportOwn(context: Context, collector: Collector, { location, relation }: Write): void {
  for (const { action, resource, usage } of collector.accesses()) {
    if (action !== 'opaque') context.collector.access({ action, resource, usage, via: 'trigger', location });
  }
  for (const { what, resource } of collector.opaqueParts())
    context.collector.opaque(what, location, undefined, resource);
  for (const { target, sources } of collector.flows.stored())
    context.collector.flows.add(target, sources.map(flowSource));
  if (collector.effects().length > 0) {
    context.collector.opaque(`a trigger or rule of table "${relation.name}" that changes the session`, location);
  }
}
