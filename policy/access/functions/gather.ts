import type { Collector } from '../collector.ts';
import type { Effect, FunctionResource } from '../facts.ts';
import type { BodyFacts } from '../query/body-facts.ts';
import type { Column, Lineage, Rows, Source } from '../query/value.ts';
import { lineageOf, source } from '../query/value.ts';

/** Whose body it is. */
export type BodyOwner = {
  readonly shown: string;
  /** undefined: a DO block. */
  readonly resource: FunctionResource | undefined;
};

/** What the collectors of a body have, without places and as its caller sees it. */
export function gather(owner: BodyOwner, collectors: readonly Collector[], rows: Rows): BodyFacts {
  const effects = collectors.flatMap((one) => one.effects());
  const lost = effects.filter(isLost);
  for (const effect of lost) {
    collectors[0]?.opaque(`${owner.shown}, which ${effectText(effect)}`, undefined, [], owner.resource);
  }
  const opaque = collectors.flatMap((one) => one.opaqueParts());
  return {
    accesses: collectors.flatMap(accessesOf),
    opaque: opaque.map((one) => ({ ...one, spans: [] })),
    effects: effects.filter((effect) => effect.kind === 'writeTemp' || effect.kind === 'ddl'),
    flows: collectors.flatMap((one) => one.flows.stored()).map((flow) => ({ ...flow, spans: [] })),
    isReadOnly: collectors.every((one) => one.isReadOnly()),
    isSeenThrough: opaque.every(({ resource }) => resource !== undefined && !isSame(owner.resource, resource)),
    result: { columns: rows.columns.map(outside), ...(rows.open === undefined ? {} : { open: leaving(rows.open) }) },
  };
}

function accessesOf(collector: Collector): BodyFacts['accesses'] {
  const accesses = collector.accesses();
  const steering = new Set(collector.steering());
  return accesses.map((access) => ({
    access: { ...access, spans: [] },
    isUnselected: access.usage === 'condition' && !steering.has(access),
  }));
}

function isSame(one: FunctionResource | undefined, other: FunctionResource): boolean {
  return one?.schema === other.schema && one.name === other.name && one.signature === other.signature;
}

/** Settings of the client's own are gone or harmless; what changes the meaning of names cannot be followed through a call. */
function isLost(effect: Effect): boolean {
  switch (effect.kind) {
    case 'set':
      return ['search_path', 'role', 'session_authorization'].includes(effect.name);
    case 'writeTemp':
      return false;
    case 'transaction':
    case 'prepare':
    case 'executePrepared':
    case 'deallocate':
    case 'declareCursor':
    case 'fetchCursor':
    case 'closeCursor':
    case 'createTemp':
    case 'dropTemp':
    case 'discard':
    case 'ddl':
      return true;
  }
}

function effectText(effect: Effect): string {
  if (effect.kind === 'ddl') return 'changes definitions';
  if (effect.kind === 'createTemp' || effect.kind === 'dropTemp') return 'makes or drops temporary tables';
  return effect.kind === 'set' ? `sets ${effect.name}` : `does ${effect.kind}`;
}

function outside(column: Column): Column {
  const lineage = leaving(column.lineage);
  return column.isCopy === true
    ? { name: column.name, type: column.type, lineage, isCopy: true }
    : { name: column.name, type: column.type, lineage };
}

/** Out of the body: no places of its text, and what came in by arguments stays marked. */
function leaving(lineage: Lineage): Lineage {
  return lineageOf(
    [...lineage.values()].map((one): Source => {
      if (one.isArgument === true) return { ...one, spans: [] };
      const left = source(one.resource, 'function');
      return one.isDerived === true ? { ...left, isDerived: true } : left;
    }),
  );
}
