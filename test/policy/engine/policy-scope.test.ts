import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { couldApply, scopeOf } from '../../../policy/engine/policy-scope.ts';

function applies(head: string, conditions: string, ancestors: readonly string[], type = 'Column'): boolean {
  const answer = policyToJson(`forbid (${head}) ${conditions};`);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  return couldApply(scopeOf(answer.json), 'select', type, new Set(ancestors));
}

const ANY = 'principal, action, resource';
const PII = ['Tag::"pii"'];

describe('a policy can only apply', () => {
  it('to the actions of its head', () => {
    expect(applies('principal, action == Action::"select", resource', '', [])).toBe(true);
    expect(applies('principal, action in [Action::"set", Action::"select"], resource', '', [])).toBe(true);
    expect(applies('principal, action == Action::"update", resource', '', [])).toBe(false);
  });

  it('to the resources of its head', () => {
    expect(applies('principal, action, resource in Tag::"pii"', '', PII)).toBe(true);
    expect(applies('principal, action, resource in Tag::"pii"', '', [])).toBe(false);
    expect(applies('principal, action, resource is Column', '', [])).toBe(true);
    expect(applies('principal, action, resource is Table', '', [])).toBe(false);
    expect(applies('principal, action, resource is Column in Tag::"pii"', '', [])).toBe(false);
  });

  it('to the resources that its first clause begins with', () => {
    const clause =
      'when { resource in [Tag::"pii", Tag::"pci"] && context.clock.hour > 1 && true } unless { context.assurance.aal > 1 }';
    expect(applies(ANY, clause, PII)).toBe(true);
    expect(applies(ANY, clause, ['Tag::"other"'])).toBe(false);
    expect(applies(ANY, 'when { resource == Table::"a.b" }', ['Table::"a.c"'], 'Table')).toBe(false);
    expect(applies('principal, action, resource in Tag::"a"', 'when { resource in Tag::"b" }', ['Tag::"a"'])).toBe(
      false,
    );
  });
});

describe('a policy is taken to apply anywhere', () => {
  it.each([
    'unless { resource in Tag::"pii" }',
    'when { !(resource in Tag::"pii") }',
    'when { resource in Tag::"pii" || context.clock.hour > 1 }',
    'when { context.clock.hour > 1 && resource in Tag::"pii" }',
    'when { context.clock.hour > 1 } when { resource in Tag::"pii" }',
    'when { principal in Group::"a" }',
    'when { if resource in Tag::"pii" then true else context.clock.hour > 1 }',
    'when { resource in [] || true }',
  ])('where the resource is not the first thing that it asks about: %s', (conditions) => {
    expect(applies(ANY, conditions, [])).toBe(true);
  });
});
