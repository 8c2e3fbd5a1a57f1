import type { AccessFacts, Resource } from '../../policy/access/facts.ts';
import { resourceKey } from '../../policy/access/facts.ts';
import { printableColumns } from '../../policy/access/printable.ts';
import { decideWithGrants } from './ask-policies.ts';
import type { GateDeps, GateSubject } from './gate-deps.ts';

/** Why values of errors and notices are hidden from this person; undefined where they may see them. */
export type HiddenColumns = (facts: AccessFacts) => string | undefined;

/**
 * Asked only when upstream has sent an error or a notice, so that statements without one cost nothing. The policies are
 * asked whether the person may read every column that can be in it; the answer is cached by the engine.
 */
export function createHiddenColumns(subject: GateSubject, deps: GateDeps): HiddenColumns {
  const known = new WeakMap<AccessFacts, AccessFacts>();
  const printable = (facts: AccessFacts): AccessFacts => {
    const asked = known.get(facts) ?? { statements: printableColumns(facts) };
    known.set(facts, asked);
    return asked;
  };
  return (facts) => {
    try {
      const asked = printable(facts);
      if (asked.statements.length === 0) return undefined;
      const { decision } = decideWithGrants(asked, subject, deps);
      return decision.kind === 'allow' ? undefined : reason(decision.denied[0]?.access.resource);
    } catch (error) {
      return `values are hidden (incident ${deps.incident(error)})`;
    }
  };
}

function reason(resource: Resource | undefined): string {
  const example = resource === undefined ? '' : `, such as ${resourceKey(resource)}`;
  return `values are hidden by stepward: they may be of columns that you may not read${example}`;
}
