import type { Collector } from '../collector.ts';
import type { Access, Effect, StatementFacts } from '../facts.ts';
import { flowSource } from '../flows.ts';

/** Adds the facts of an inner statement to those of the one that carries it; filters leave out what does not happen. */
export function replay(
  facts: StatementFacts,
  into: Collector,
  keepEffect: (effect: Effect) => boolean,
  keepAccess: (access: Access) => boolean = (access) => access.action !== 'connect',
): void {
  for (const access of facts.accesses) {
    // Opaque parts come with their text below.
    if (access.action !== 'opaque' && keepAccess(access)) into.access(access);
  }
  for (const opaque of facts.opaque) into.opaque(opaque.what, undefined, opaque.spans);
  for (const effect of facts.effects) if (keepEffect(effect)) into.effect(effect);
  for (const { target, sources } of facts.flows ?? []) into.flows.add(target, sources.map(flowSource));
  if (!facts.isReadOnly) into.locking();
}
