import type { AccessFacts } from '../../policy/access/facts.ts';
import type { Decision, PolicyEngine } from '../../policy/engine/decision.ts';
import type { GateDeps, GateSubject } from './gate-deps.ts';

/** `grantIds`: the grants without which it would not be allowed; undefined where none was needed. */
export type GrantedDecision = { readonly decision: Decision; readonly grantIds?: readonly string[] };

/**
 * Decides with the session's own proof first, so that a grant is used, and recorded, only where it is needed.
 * INVARIANT 6: asked anew for every execution.
 */
export function decideWithGrants(facts: AccessFacts, subject: GateSubject, deps: GateDeps): GrantedDecision {
  const decision = decideWithout(facts, subject, deps);
  if (decision.kind !== 'stepUp') return { decision };
  const used = new Set<string>();
  const withGrants = decide(facts, subject, deps, (access) => {
    const grant = deps.stepUp.grantFor(subject.principal, subject.address, access);
    return grant === undefined ? subject.assurance : grant.assurance;
  });
  for (const { access } of decision.denied) {
    const grant = deps.stepUp.grantFor(subject.principal, subject.address, access);
    if (grant !== undefined) used.add(grant.id);
  }
  return withGrants.kind === 'allow' ? { decision: withGrants, grantIds: [...used] } : { decision: withGrants };
}

/** With the proof given at login alone. */
export function decideWithout(facts: AccessFacts, subject: GateSubject, deps: GateDeps): Decision {
  return decide(facts, subject, deps, () => subject.assurance);
}

function decide(
  { statements }: AccessFacts,
  subject: GateSubject,
  deps: GateDeps,
  assuranceFor: Parameters<PolicyEngine['decide']>[0]['assuranceFor'],
): Decision {
  const { principal } = subject;
  return deps.engine().decide({ principal, statements, context: subject.context(), assuranceFor });
}
