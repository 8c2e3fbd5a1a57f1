import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { describe, expect, it } from 'vitest';
import { dateTimeMs, durationMs } from '../../../policy/engine/extension-values.ts';
import { type PolicyReads, readsOf } from '../../../policy/engine/policy-reads.ts';

function readsIn(condition: string, head = 'principal, action, resource'): PolicyReads {
  const answer = policyToJson(`permit (${head}) when { ${condition} };`);
  if (answer.type === 'failure') throw new Error(answer.errors[0]?.message);
  return readsOf(answer.json);
}

const contextOf = (condition: string) => Object.fromEntries(readsIn(condition).context);

describe('what a policy reads', () => {
  it('is nothing where it has no conditions on the context', () => {
    expect(contextOf('principal == resource')).toEqual({});
  });

  it('is found wherever an expression can stand', () => {
    expect(
      contextOf(`if ["a"].contains(context.session.role) then {x: context.session.tls}.x
        else !(context.clock.hour + 1 > 2) || context.session.address.isInRange(ip("10.0.0.0/8"))
        || context.session.application like "a*" || [context.clock.weekday].containsAny([1])`),
    ).toEqual({
      'session.role': { kind: 'value' },
      'session.tls': { kind: 'value' },
      'clock.hour': { kind: 'value' },
      'session.address': { kind: 'value' },
      'session.application': { kind: 'value' },
      'clock.weekday': { kind: 'value' },
    });
  });

  it('includes an attribute whose presence only is asked', () => {
    expect(contextOf('context.assurance has approvedBy')).toEqual({ 'assurance.approvedBy': { kind: 'value' } });
    expect(contextOf('context has statement.via')).toEqual({ 'statement.via': { kind: 'value' } });
  });

  it('is every attribute of a record that is used as a whole', () => {
    expect(
      Object.keys(contextOf('context.clock == {now: datetime("2026-01-01"), hour: 1, weekday: 1}')).sort(),
    ).toEqual(['clock.hour', 'clock.now', 'clock.weekday']);
    expect(Object.keys(contextOf('context == {}'))).toHaveLength(4 + 5 + 3 + 4 + 3);
  });

  it.each([
    ['context.assurance.age < duration("10m")', [600_000]],
    ['context.assurance.age >= duration("10m")', [600_000]],
    ['context.assurance.age <= duration("10m")', [600_001]],
    ['duration("10m") < context.assurance.age', [600_001]],
    ['duration("10m") > context.assurance.age', [600_000]],
    ['context.assurance.age == duration("10m")', [600_000, 600_001]],
    ['context.assurance.age < duration("10m") && context.assurance.age > duration("5s")', [5_001, 600_000]],
  ])('has the boundaries of %s', (condition, boundaries) => {
    expect(contextOf(condition)).toEqual({ 'assurance.age': { kind: 'steps', boundaries } });
  });

  it('moves by seconds where a moving attribute is used in any other way, even besides a threshold', () => {
    expect(contextOf('context.assurance.age.toMinutes() < 10')).toEqual({ 'assurance.age': { kind: 'seconds' } });
    expect(contextOf('context.assurance.age < duration("10m") && context.assurance.age.toSeconds() > 3')).toEqual({
      'assurance.age': { kind: 'seconds' },
    });
    expect(contextOf('context.clock.now < context.clock.now.offset(duration("1h"))')).toEqual({
      'clock.now': { kind: 'seconds' },
    });
  });

  it('names every entity of head and conditions', () => {
    const { literals } = readsIn(
      'resource in [Tag::"a", Table::"b"] && principal in Group::"c"',
      'principal == User::"d", action == Action::"select", resource is Column in Tag::"e"',
    );
    expect([...literals].sort()).toEqual(['Group::"c"', 'Table::"b"', 'Tag::"a"', 'Tag::"e"', 'User::"d"']);
  });
});

describe('constants', () => {
  it.each([
    ['1d2h3m4s5ms', 93_784_005],
    ['-90s', -90_000],
    ['10m', 600_000],
  ])('duration %s is read as Cedar reads it', (text, ms) => {
    expect(durationMs({ duration: [{ Value: text }] })).toBe(ms);
  });

  it.each([
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T09:30:00Z', Date.UTC(2026, 10, 24, 9, 30)],
    ['2026-11-24T09:30:00.250+0130', Date.UTC(2026, 10, 24, 8, 0, 0, 250)],
  ])('datetime %s is read as Cedar reads it', (text, ms) => {
    expect(dateTimeMs({ datetime: [{ Value: text }] })).toBe(ms);
  });

  it('are nothing else', () => {
    for (const other of [undefined, 5, {}, { Value: '10m' }, { duration: [] }, { duration: [{ Var: 'context' }] }]) {
      expect([durationMs(other), dateTimeMs(other)]).toEqual([undefined, undefined]);
    }
  });
});
