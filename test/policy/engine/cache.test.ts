import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Access } from '../../../policy/access/facts.ts';
import { createAsk } from '../../../policy/engine/cedar-ask.ts';
import { traitsOf } from '../../../policy/engine/context.ts';
import type { Assurance } from '../../../policy/engine/decision.ts';
import { createJudge } from '../../../policy/engine/judge.ts';
import type { PolicyBundle } from '../../../policy/engine/bundle.ts';
import { NOTHING_CARRIED } from '../../../policy/engine/carried.ts';
import type { ResourceTags } from '../../../policy/engine/entities.ts';
import { createPlanner } from '../../../policy/engine/planner.ts';
import { cedarSchema } from '../../../policy/engine/schema.ts';
import { bundleOf, column, context, engineOf, NOW_MS, PASSWORD_ONLY, request, statement } from './scenario.ts';

const READ_ALL = '@id("read") permit (principal, action == Action::"select", resource in Schema::"public");\n';
const PII_PROOF = `@id("pii-proof") forbid (principal, action == Action::"select", resource in Tag::"pii")
unless { context.assurance.aal >= 2 && context.assurance.age < duration("10m") };\n`;
const PII = { tags: { 'customers.ssn': ['pii'] } };

function plannerOf(bundle: PolicyBundle, tags: ResourceTags): ReturnType<typeof createPlanner> {
  return createPlanner({ bundle, tags, carried: NOTHING_CARRIED, database: 'shop' });
}

describe('a cached decision', () => {
  it('is the same object for the same statements, person and context', () => {
    const engine = engineOf(READ_ALL);
    const statements = [statement(column('t', 'c'))];
    expect(engine.decide(request(statements))).toBe(engine.decide(request(statements)));
  });

  it('survives what no policy reads: time, address, application, proofs', () => {
    const engine = engineOf(READ_ALL + PII_PROOF, PII);
    const statements = [statement(column('t', 'c'))];
    const first = engine.decide(request(statements));
    const moved = context({ address: '198.51.100.1', application: 'x', tls: false }, { nowMs: NOW_MS + 1e7, hour: 23 });
    const assuranceFor = (): Assurance => {
      throw new Error('nobody needs to know');
    };
    expect(engine.decide(request(statements, { context: moved, assuranceFor }))).toBe(first);
  });

  it('asks for assurance only where a policy that reads it could apply', () => {
    const engine = engineOf(READ_ALL + PII_PROOF, PII);
    const statements = [statement(column('t', 'a'), column('customers', 'ssn'), column('t', 'b'))];
    engine.decide(request(statements));
    const asked: Access[] = [];
    const assuranceFor = (access: Access): Assurance => {
      asked.push(access);
      return PASSWORD_ONLY;
    };
    engine.decide(request(statements, { assuranceFor }));
    expect(asked).toEqual([column('customers', 'ssn')]);
  });

  it('is not shared between people, nor between groups of one person', () => {
    const engine = engineOf(`@id("a") permit (principal in Group::"a", action, resource);`);
    const statements = [statement(column('t', 'c'))];
    const kindFor = (id: string, ...groups: string[]): string =>
      engine.decide(request(statements, { principal: { id, groups } })).kind;
    expect([kindFor('x', 'a'), kindFor('x'), kindFor('y', 'a'), kindFor('x","a')]).toEqual([
      'allow',
      'refuse',
      'allow',
      'refuse',
    ]);
  });

  it('cannot be imitated by an application name that spells the neighbouring attribute', () => {
    const engine = engineOf(`@id("p") permit (principal, action, resource)
      when { context.session.application == "a" && context.session.role == "b" };`);
    const statements = [statement(column('t', 'c'))];
    const kindFor = (application: string, role: string): string =>
      engine.decide(request(statements, { context: context({ application, role }) })).kind;
    expect([kindFor('a', 'b'), kindFor('a1:b', ''), kindFor('', 'a1:b'), kindFor('ab', '')]).toEqual([
      'allow',
      'refuse',
      'refuse',
      'refuse',
    ]);
  });

  it('turns at the exact thresholds of a policy on the clock', () => {
    const engine = engineOf(`@id("freeze") permit (principal, action, resource)
      unless { context.clock.now >= datetime("2026-12-24T12:00:00+0100") && datetime("2026-12-27") > context.clock.now };`);
    const statements = [statement(column('t', 'c'))];
    const at = (nowMs: number) => engine.decide(request(statements, { context: context({}, { nowMs }) }));
    const [from, to] = [Date.UTC(2026, 11, 24, 11), Date.UTC(2026, 11, 27)];
    expect([at(from - 1), at(from), at(to - 1), at(to)].map((decision) => decision.kind)).toEqual([
      'allow',
      'refuse',
      'refuse',
      'allow',
    ]);
    expect(at(from + 1)).toBe(at(to - 1000));
  });

  it('moves in steps of a second where the thresholds cannot be told', () => {
    const engine = engineOf(`@id("night") permit (principal, action, resource)
      when { context.clock.now.toTime() < duration("6h") };`);
    const statements = [statement(column('t', 'c'))];
    const at = (nowMs: number) => engine.decide(request(statements, { context: context({}, { nowMs }) }));
    const six = Date.UTC(2026, 0, 1, 6);
    expect(at(six - 2000)).toBe(at(six - 1001));
    expect([at(six - 1).kind, at(six).kind]).toEqual(['allow', 'refuse']);
  });
});

describe('questions', () => {
  const tags = { tagsOf: (resource: { kind: string; column?: string }) => (resource.column === 'ssn' ? ['pii'] : []) };
  const names = ['id', 'name', 'ssn', ...Array.from({ length: 47 }, (_, index) => `c${index}`)];
  const statements = [statement(...names.map((name) => column('customers', name)))];
  const keysWith = (text: string): number => {
    const planOf = plannerOf(bundleOf(text), tags);
    return new Set(planOf(statements).accesses.map((each) => each.key)).size;
  };

  it('are two for `select *` from fifty columns of which one is tagged', () => {
    expect(keysWith(READ_ALL + PII_PROOF)).toBe(2);
  });

  it('are one more for each column that a policy names', () => {
    const naming = `@id("n") forbid (principal, action, resource) when { resource == Column::"public.customers.name" };`;
    expect(keysWith(READ_ALL + PII_PROOF + naming)).toBe(3);
  });

  it('do not tell usages apart unless a policy reads the usage', () => {
    const mixed = [statement(column('t', 'a'), column('t', 'a', { usage: 'condition', via: 'view' }))];
    const count = (text: string): number => {
      const planOf = plannerOf(bundleOf(text), tags);
      return new Set(planOf(mixed).accesses.map((each) => each.key)).size;
    };
    expect(count(READ_ALL)).toBe(1);
    expect(
      count(`${READ_ALL}@id("u") forbid (principal, action, resource) when { context.statement.usage == "x" };`),
    ).toBe(2);
    expect(count(`${READ_ALL}@id("v") forbid (principal, action, resource) when { context.statement has via };`)).toBe(
      2,
    );
  });

  it('go to Cedar once for fifty columns, and not again for another statement of the same kind', () => {
    const bundle = bundleOf(READ_ALL + PII_PROOF);
    const deps = { tags, database: 'shop' };
    const ask = createAsk(bundle, cedarSchema(), deps);
    let calls = 0;
    const judge = createJudge((question) => {
      calls += 1;
      return ask(question);
    });
    const moment = { principal: { id: 'ada', groups: [] }, principalKey: 'ada', context: context() };
    for (const facts of [statements, [statement(column('orders', 'total'))]]) {
      for (const planned of plannerOf(bundle, tags)(facts).accesses) judge(planned, moment, PASSWORD_ONLY);
    }
    expect(calls).toBe(2);
  });
});

describe('a failed question', () => {
  it('is asked again: what broke it may have passed', () => {
    const planOf = plannerOf(bundleOf(READ_ALL), { tagsOf: () => [] });
    const [planned] = planOf([statement(column('t', 'c'))]).accesses;
    if (planned === undefined) throw new Error('no access');
    const outcomes = [{ isAllowed: false, policies: [], errors: [{ policy: 'p', message: 'broken' }] }];
    const judge = createJudge(() => outcomes.pop() ?? { isAllowed: true, policies: ['read'], errors: [] });
    const moment = { principal: { id: 'ada', groups: [] }, principalKey: 'ada', context: context() };
    expect([1, 2].map(() => judge(planned, moment, PASSWORD_ONLY).isAllowed)).toEqual([false, true]);
  });
});

describe('a warmed engine', () => {
  const TEXT = `${READ_ALL}${PII_PROOF}
    @id("vip") permit (principal == User::"ada", action, resource in Table::"public.vip") when { context.session.tls };
    @id("hours") forbid (principal, action, resource in Tag::"slow") when { context.clock.hour < 9 || context.clock.weekday > 5 };
    @id("app") forbid (principal in Group::"bots", action, resource) unless { context.session.application like "etl*" };
    @id("leading") forbid (principal, action, resource) when { resource in [Tag::"pii", Tag::"x"] && context.clock.weekday == 6 } unless { context.assurance.aal == 3 };
    @id("trailing") forbid (principal, action, resource) when { context.clock.weekday == 5 && resource in Tag::"pii" };
    @id("either") forbid (principal, action, resource) when { resource in Tag::"slow" || context.clock.hour == 10 };
    @id("second") forbid (principal, action, resource) when { context.clock.hour == 8 } when { resource == Column::"public.vip.c" };
    @id("not-in") forbid (principal, action, resource) unless { resource in Table::"public.vip" || context.clock.weekday != 7 };
    @id("usage") forbid (principal, action, resource in Tag::"slow") when { context.statement.usage == "output" && context.statement has via };
    @id("strong") forbid (principal, action, resource == Column::"public.vip.a") unless { context.assurance.methods.contains("otp") || 5000 > context.assurance.age.toMilliseconds() };`;
  const tags = {
    tagsOf: (resource: { kind: string; column?: string; table?: string }) => [
      ...(resource.column === 'b' ? ['pii'] : []),
      ...(resource.kind === 'table' && resource.table === 't' ? ['slow'] : []),
    ],
  };
  const bundle = bundleOf(TEXT);
  const engine = engineOf(TEXT, { tags: { 't.b': ['pii'], 'vip.b': ['pii'], t: ['slow'] }, ladder: [] });
  const ask = createAsk(bundle, cedarSchema(), { tags, database: 'shop' });
  const fixed = ['t', 'vip'].flatMap((table) =>
    ['a', 'b', 'c'].flatMap((name) =>
      (['output', 'condition'] as const).map((usage) => [
        statement(column(table, name, usage === 'output' ? { usage, via: 'view' } : { usage })),
      ]),
    ),
  );

  it('always says what Cedar says when asked anew', () => {
    const moment = fc.record({
      statements: fc.constantFrom(...fixed),
      principal: fc.constantFrom(
        { id: 'ada', groups: [] },
        { id: 'bob', groups: ['bots'] },
        { id: 'ada', groups: ['bots', 'x'] },
      ),
      tls: fc.boolean(),
      application: fc.constantFrom('etl-1', 'psql', ''),
      hour: fc.integer({ min: 7, max: 10 }),
      weekday: fc.integer({ min: 4, max: 7 }),
      aal: fc.constantFrom(1 as const, 2 as const, 3 as const),
      methods: fc.constantFrom(['pwd'], ['pwd', 'otp'], ['otp', 'pwd']),
      age: fc.constantFrom(0, 4_000, 4_500, 6_000, 599_999, 600_000, 600_001),
    });
    fc.assert(
      fc.property(moment, ({ statements, principal, tls, application, hour, weekday, aal, methods, age }) => {
        const assurance: Assurance = { methods, aal, provedAtMs: NOW_MS - age };
        const now = context({ tls, application }, { hour, weekday });
        const decision = engine.decide(request(statements, { principal, context: now, assuranceFor: () => assurance }));
        const [facts] = statements;
        const [access] = facts?.accesses ?? [];
        if (facts === undefined || access === undefined) throw new Error('no access');
        const fresh = ask({ principal, access, statement: traitsOf(facts), context: now, assurance });
        expect(decision.kind === 'allow').toBe(fresh.isAllowed);
        expect(decision.determining.map((ref) => ref.id).sort()).toEqual([...fresh.policies].sort());
      }),
      { numRuns: 300 },
    );
  });
});
