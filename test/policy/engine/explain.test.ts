import { describe, expect, it } from 'vitest';
import type { Access } from '../../../policy/access/facts.ts';
import { explainDecision } from '../../../policy/engine/explain.ts';
import { column, engineOf, request, statement } from './scenario.ts';

const engine = engineOf(
  `@id("read") permit (principal, action == Action::"select", resource in Schema::"public");
   @id("proof") @reason("prove it") forbid (principal, action, resource in Tag::"pii")
   unless { context.assurance.aal >= 2 && context.assurance.age < duration("5m") };
   @id("never") forbid (principal, action, resource in Tag::"pci");`,
  { tags: { 'customers.ssn': ['pii'], 'customers.card': ['pci'] } },
);

function explain(...accesses: readonly Access[]) {
  const statements = [statement(...accesses)];
  return explainDecision(engine.decide(request(statements)), { statements });
}

describe('an explanation', () => {
  it('says which permits allowed it', () => {
    expect(explain(column('t', 'a'))).toMatchObject({
      verdict: 'allow',
      summary: 'allowed by "read"',
      accesses: [{ resource: 'public.t.a', verdict: 'allowed' }],
    });
  });

  it('puts what needs a proof first, with the policy, its reason, the rung and the freshness', () => {
    expect(explain(column('t', 'a'), column('customers', 'ssn', { via: 'view' }))).toMatchObject({
      verdict: 'stepUp',
      summary: 'needs totp: "proof"',
      rung: 'totp',
      maxAgeMs: 300_000,
      accesses: [
        {
          resource: 'public.customers.ssn',
          via: 'view',
          verdict: 'needsProof',
          policies: [{ id: 'proof', reason: 'prove it' }],
        },
        { resource: 'public.t.a', verdict: 'allowed', policies: [] },
      ],
    });
  });

  it('tells a forbid from the lack of any permit', () => {
    expect(explain(column('customers', 'card')).summary).toBe('refused by "never"');
    expect(explain(column('t', 'a', { action: 'update' })).summary).toBe('refused: no policy permits it');
  });

  it('recognises accesses that came back from a store', () => {
    const statements = [statement(column('customers', 'card'), column('t', 'a'))];
    const decision = engine.decide(request(statements));
    const stored = structuredClone(statements);
    expect(explainDecision(decision, { statements: stored }).accesses.map((each) => each.verdict)).toEqual([
      'denied',
      'allowed',
    ]);
  });

  it('has the answer to each access on its own', () => {
    const answers = engine.answers(request([statement(column('t', 'a'), column('customers', 'card'))]));
    expect(answers.map(({ isAllowed, determining }) => [isAllowed, determining.map((ref) => ref.id)])).toEqual([
      [true, ['read']],
      [false, ['never']],
    ]);
  });
});
