import type { Collector } from '../collector.ts';
import type { Span } from '../facts.ts';
import type { Visits } from '../functions/visits.ts';
import type { BodyCall, BodyFacts } from './body-facts.ts';
import type { Environment } from './environment.ts';
import type { Scope } from './scope.ts';
import type { Lineage, Reading, Rows, Value } from './value.ts';

/**
 * What every rule of the query analysis gets. `expression` and `query` are the two recursive entries; they are handed
 * down instead of imported, so that the files do not depend on one another in a circle.
 */
export type Context = {
  readonly env: Environment;
  readonly collector: Collector;
  /** Reports the accesses of one expression and gives what flows into its value. */
  readonly expression: (node: unknown, scope: Scope, reading: Reading) => Value;
  /** Reports the accesses of a SELECT, INSERT, UPDATE, DELETE or MERGE and gives the columns of its result. */
  readonly query: (node: unknown, scope: Scope, reading: Reading) => Rows;
  /** How the targets of a query in FROM or WITH are charged before anybody names its columns. */
  readonly derived: Reading;
  /**
   * Analyses SQL of the catalog in a world of its own: empty search_path, no place in the text.
   * @param role whose rights and row security count in it; the session's where it is left out
   */
  readonly isolated: (collector: Collector, role?: string) => Context;
  /** The same for other names: the body of a function. */
  readonly within: (env: Environment, collector: Collector) => Context;
  /** What a function's body touches; undefined where it has none that can be read. */
  readonly body: (call: BodyCall) => BodyFacts | undefined;
  /** A function that nothing in the text calls by name (an operator's, a cast's) gave this to what is being evaluated. */
  readonly inflow: (lineage: Lineage) => void;
  readonly visits: Visits;
};

export function spanAt(context: Context, location: number | undefined): Span | undefined {
  return location === undefined ? undefined : context.env.toSpan(location);
}

/** Reports a read of everything in the lineage. */
export function charge(context: Context, lineage: Lineage, reading: Reading, location?: number): void {
  if (reading === 'deferred') return;
  const isUnselected = reading === 'unselected';
  const usage = isUnselected ? 'condition' : reading;
  for (const one of lineage.values()) {
    if (one.pending !== undefined) one.pending.usages.add(reading);
    else if (one.isArgument === undefined || usage === 'output') {
      const { resource, via, spans } = one;
      context.collector.access({ action: 'select', resource, usage, via, location, spans, isUnselected });
    }
  }
}
