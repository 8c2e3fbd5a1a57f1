import { compileTags } from '../../../policy/catalog/tags.ts';
import { describe, expect, it } from 'vitest';
import type { Assurance } from '../../../policy/engine/decision.ts';
import { type Access, ACTIONS, type Resource } from '../../../policy/access/facts.ts';
import { APPLIES_TO } from '../../../policy/engine/model.ts';
import { column, context, engineOf, NOW_MS, PASSKEY, PASSWORD_ONLY, request, statement, TOTP } from './scenario.ts';

const READ_ALL = '@id("read") permit (principal, action == Action::"select", resource in Schema::"public");\n';
const PII_PROOF = `@id("pii-proof") @reason("personal data needs a fresh proof")
forbid (principal, action == Action::"select", resource in Tag::"pii")
unless { context.assurance.aal >= 2 && context.assurance.age < duration("10m") };\n`;
const PII = { tags: { 'customers.ssn': ['pii'] } };
const ids = (refs: readonly { readonly id: string }[]): string[] => refs.map((ref) => ref.id);

describe('a decision', () => {
  it('is a refusal without determining policies where nothing permits', () => {
    const decision = engineOf(READ_ALL).decide(request([statement(column('t', 'c', { action: 'insert' }))]));
    expect(decision).toMatchObject({ kind: 'refuse', determining: [], denied: [{ determining: [] }] });
  });

  it('names the permits that allowed it', () => {
    const decision = engineOf(READ_ALL).decide(request([statement(column('t', 'c'))]));
    expect(decision).toEqual({ kind: 'allow', determining: [{ id: 'read', file: 'p0.cedar', line: 1 }] });
  });

  it('is a refusal as a whole when one of many accesses is denied, and names only that one', () => {
    const engine = engineOf(`${READ_ALL}@id("no") forbid (principal, action, resource in Table::"public.secret");`);
    const secret = column('secret', 'c');
    const decision = engine.decide(request([statement(column('t', 'a')), statement(column('t', 'b'), secret)]));
    expect(decision).toMatchObject({ kind: 'refuse', denied: [{ access: secret }] });
  });

  it('refuses a statement that names no access unless connecting is permitted', () => {
    expect(engineOf(READ_ALL).decide(request([statement()])).kind).toBe('refuse');
    const connects = engineOf(
      '@id("c") permit (principal, action == Action::"connect", resource == Database::"shop");',
    );
    expect(connects.decide(request([statement()])).kind).toBe('allow');
  });

  it("takes a column's own tags as they are: a column may be an exception from what its table carries", () => {
    const engine = engineOf(READ_ALL + PII_PROOF, { tags: { customers: ['pii'], 'customers.ssn': ['pii'] } });
    expect(engine.decide(request([statement(column('customers', 'name'))])).kind).toBe('allow');
    expect(engine.decide(request([statement(column('customers', 'ssn'))])).kind).toBe('stepUp');
  });

  it('covers a column by the tag that the configuration puts on its table', () => {
    const tags = compileTags([{ tag: 'pii', on: ['public.customers'] }]);
    expect(tags.tagsOf({ kind: 'column', schema: 'public', table: 'customers', column: 'name' })).toEqual(['pii']);
  });

  it('tells a function that is seen through from one that is not, and a forbid of the function wins', () => {
    const permit = `@id("seen") permit (principal, action == Action::"execute", resource is Function)
      when { resource.isSeenThrough };\n`;
    const base = { kind: 'function', schema: 'public', name: 'f' } as const;
    const call = (resource: Resource): Access => ({ action: 'execute', resource, usage: 'none', spans: [] });
    const seen = request([statement(call({ ...base, isSeenThrough: true }))]);
    const engine = engineOf(permit);
    expect(engine.decide(seen).kind).toBe('allow');
    expect(engine.decide(request([statement(call(base))])).kind).toBe('refuse');
    const forbidden = engineOf(`${permit}@id("no") forbid (principal, action, resource == Function::"public.f");`);
    expect(forbidden.decide(seen).kind).toBe('refuse');
  });

  it('tells an output from a condition', () => {
    const engine = engineOf(
      `${READ_ALL}@id("no-output") forbid (principal, action == Action::"select", resource in Tag::"pii")
      when { context.statement.usage == "output" };`,
      PII,
    );
    expect(engine.decide(request([statement(column('customers', 'ssn'))])).kind).toBe('refuse');
    expect(engine.decide(request([statement(column('customers', 'ssn', { usage: 'condition' }))])).kind).toBe('allow');
  });

  it('sees an IPv4 client of a dual-stack socket as IPv4', () => {
    const engine = engineOf(`${READ_ALL}@id("office") forbid (principal, action, resource)
      unless { context.session.address.isInRange(ip("192.0.2.0/24")) };`);
    const from = (address: string): string =>
      engine.decide(request([statement(column('t', 'c'))], { context: context({ address }) })).kind;
    expect([from('::ffff:192.0.2.7'), from('192.0.2.7'), from('198.51.100.1'), from('2001:db8::1')]).toEqual([
      'allow',
      'allow',
      'refuse',
      'refuse',
    ]);
  });

  it('can ask every action about every kind of resource that the model lists for it', () => {
    const engine = engineOf('@id("all") permit (principal, action, resource);');
    const resources = {
      Database: { kind: 'database' },
      Schema: { kind: 'schema', schema: 's' },
      Table: { kind: 'table', schema: 's', table: 't' },
      Column: { kind: 'column', schema: 's', table: 't', column: 'c' },
      Function: { kind: 'function', schema: 's', name: 'f' },
      Setting: { kind: 'setting', name: 'x' },
      Channel: { kind: 'channel', name: '*' },
    } as const;
    for (const action of ACTIONS) {
      for (const type of APPLIES_TO[action]) {
        const access = { action, resource: resources[type], usage: 'none', spans: [] } as const;
        const asked = action === 'copy' ? { ...access, target: resources.Column } : access;
        expect(engine.decide(request([statement(asked)])), `${action} ${type}`).toMatchObject({ kind: 'allow' });
      }
    }
  });
});

describe('INVARIANT 4', () => {
  const OVERFLOWS = `@id("breaks") forbid (principal, action == Action::"select", resource)
    when { context.clock.hour * 9223372036854775807 > 1 };`;

  it('refuses when a forbid cannot be evaluated, although Cedar says allow', () => {
    const decision = engineOf(READ_ALL + OVERFLOWS).decide(request([statement(column('t', 'c'))]));
    expect(decision).toMatchObject({ kind: 'refuse', evaluationErrors: [{ policy: 'breaks' }] });
    expect(decision.kind === 'refuse' ? decision.denied.length : 0).toBe(1);
  });

  it('does not keep a refusal that an error caused', () => {
    const engine = engineOf(READ_ALL + OVERFLOWS);
    const statements = [statement(column('t', 'c'))];
    expect(engine.decide(request(statements, { context: context({}, { hour: 9 }) })).kind).toBe('refuse');
    expect(engine.decide(request(statements, { context: context({}, { hour: 0 }) })).kind).toBe('allow');
  });

  it('refuses a question that the schema does not know', () => {
    const channel = { action: 'select', resource: { kind: 'channel', name: 'c' }, usage: 'none', spans: [] } as const;
    const decision = engineOf('@id("all") permit (principal, action, resource);').decide(request([statement(channel)]));
    expect(decision).toMatchObject({ kind: 'refuse', evaluationErrors: [{ policy: '(request)' }] });
  });

  it('refuses when the client address is none', () => {
    const engine = engineOf('@id("all") permit (principal, action, resource);');
    const decision = engine.decide(request([statement()], { context: context({ address: 'nowhere' }) }));
    expect(decision).toMatchObject({ kind: 'refuse', evaluationErrors: [{ policy: '(request)' }] });
  });

  it('refuses when the time is none', () => {
    const engine = engineOf('@id("all") permit (principal, action, resource);');
    const decision = engine.decide(request([statement()], { context: context({}, { nowMs: Number.NaN }) }));
    expect(decision).toMatchObject({ kind: 'refuse', evaluationErrors: [{ policy: '(request)' }] });
  });

  it('does not climb to a rung whose question fails', () => {
    const engine =
      engineOf(`${READ_ALL}@id("weak") forbid (principal, action, resource) when { context.assurance.aal < 2 };
      @id("breaks") forbid (principal, action, resource)
      when { context.assurance.aal >= 2 && context.clock.hour * 9223372036854775807 > 1 };`);
    expect(engine.decide(request([statement(column('t', 'c'))])).kind).toBe('refuse');
  });
});

describe('a step-up', () => {
  const ssn = column('customers', 'ssn');
  const statements = [statement(column('customers', 'id'), ssn)];

  it('is asked for where a rung turns the denial, naming what the grant must cover and how fresh it must be', () => {
    expect(engineOf(READ_ALL + PII_PROOF, PII).decide(request(statements))).toEqual({
      kind: 'stepUp',
      rung: TOTP,
      determining: [{ id: 'pii-proof', reason: 'personal data needs a fresh proof', file: 'p0.cedar', line: 2 }],
      denied: [expect.objectContaining({ access: ssn })],
      maxAgeMs: 600_000,
    });
  });

  it('takes the weakest rung that is enough', () => {
    const ladder = [TOTP, PASSKEY];
    const strict = PII_PROOF.replace('aal >= 2', 'aal >= 3');
    expect(engineOf(READ_ALL + PII_PROOF, { ...PII, ladder }).decide(request(statements))).toMatchObject({
      rung: TOTP,
    });
    expect(engineOf(READ_ALL + strict, { ...PII, ladder }).decide(request(statements))).toMatchObject({
      rung: PASSKEY,
    });
  });

  it('takes the one rung that satisfies every access', () => {
    const engine = engineOf(
      `${READ_ALL + PII_PROOF}@id("pci-passkey") forbid (principal, action, resource in Tag::"pci")
       unless { context.assurance.methods.contains("hwk") };`,
      { tags: { 'customers.ssn': ['pii'], 'customers.card': ['pci'] }, ladder: [TOTP, PASSKEY] },
    );
    const decision = engine.decide(request([statement(ssn, column('customers', 'card'))]));
    expect(decision).toMatchObject({ kind: 'stepUp', rung: PASSKEY, denied: [{ access: ssn }, {}] });
  });

  it('goes rung by rung where no single one satisfies all', () => {
    const engine = engineOf(
      `${READ_ALL}@id("a") forbid (principal, action, resource in Tag::"a") unless { context.assurance.methods.contains("otp") };
       @id("b") forbid (principal, action, resource in Tag::"b") unless { context.assurance.methods.contains("hwk") };`,
      { tags: { 't.a': ['a'], 't.b': ['b'] }, ladder: [TOTP, PASSKEY] },
    );
    const [a, b] = [column('t', 'a'), column('t', 'b')];
    const both = [statement(a, b)];
    expect(engine.decide(request(both))).toMatchObject({ kind: 'stepUp', rung: TOTP, denied: [{ access: a }] });
    const otp: Assurance = { methods: TOTP.methods, aal: 2, provedAtMs: NOW_MS };
    const afterTotp = request(both, { assuranceFor: (access) => (access === a ? otp : PASSWORD_ONLY) });
    expect(engine.decide(afterTotp)).toMatchObject({ kind: 'stepUp', rung: PASSKEY, denied: [{ access: b }] });
  });

  it('is not offered when one access would stay denied: that one is named', () => {
    const engine = engineOf(`${READ_ALL + PII_PROOF}@id("never") forbid (principal, action, resource in Tag::"pci");`, {
      tags: { 'customers.ssn': ['pii'], 'customers.card': ['pci'] },
    });
    const card = column('customers', 'card');
    const decision = engine.decide(request([statement(ssn, card)]));
    expect(decision).toMatchObject({ kind: 'refuse', determining: [{ id: 'never' }], denied: [{ access: card }] });
    expect(decision.kind === 'refuse' ? decision.denied.length : 0).toBe(1);
  });

  it('puts the policy that no proof lifts before the one that a proof would', () => {
    const engine = engineOf(
      `${READ_ALL + PII_PROOF}@id("never") forbid (principal, action, resource in Tag::"pii");`,
      PII,
    );
    const decision = engine.decide(request(statements));
    expect(decision.kind).toBe('refuse');
    expect(ids(decision.determining)).toEqual(['never', 'pii-proof']);
  });

  it('also follows a permit that asks for proof', () => {
    const engine = engineOf(`@id("proved-reads") permit (principal, action == Action::"select", resource)
      when { context.assurance.aal >= 2 && context.assurance.age <= duration("1h30m") };`);
    expect(engine.decide(request(statements))).toMatchObject({
      kind: 'stepUp',
      determining: [{ id: 'proved-reads' }],
      maxAgeMs: 5_400_000,
    });
  });

  it('is not needed for an access that a grant covers, and still for the others', () => {
    const engine = engineOf(READ_ALL + PII_PROOF, { tags: { 'customers.ssn': ['pii'], 'customers.email': ['pii'] } });
    const email = column('customers', 'email');
    const proved: Assurance = { methods: TOTP.methods, aal: 2, provedAtMs: NOW_MS - 599_999 };
    const assuranceFor = (access: unknown): Assurance => (access === ssn ? proved : PASSWORD_ONLY);
    expect(engine.decide(request([statement(ssn)], { assuranceFor })).kind).toBe('allow');
    expect(engine.decide(request([statement(ssn, email)], { assuranceFor }))).toMatchObject({
      kind: 'stepUp',
      denied: [{ access: email }],
    });
  });

  it('is needed again at the millisecond at which the proof is too old', () => {
    const engine = engineOf(READ_ALL + PII_PROOF, PII);
    const provedAtMs = NOW_MS;
    const at = (nowMs: number): string =>
      engine.decide(
        request(statements, {
          context: context({}, { nowMs }),
          assuranceFor: () => ({ methods: TOTP.methods, aal: 2, provedAtMs }),
        }),
      ).kind;
    expect([at(NOW_MS), at(NOW_MS + 599_999), at(NOW_MS + 600_000)]).toEqual(['allow', 'allow', 'stepUp']);
  });

  it('is not avoided by a proof from the future', () => {
    const engine = engineOf(READ_ALL + PII_PROOF, PII);
    const ahead = (ms: number): string =>
      engine.decide(
        request(statements, { assuranceFor: () => ({ methods: TOTP.methods, aal: 2, provedAtMs: NOW_MS + ms }) }),
      ).kind;
    expect([ahead(500), ahead(3_600_000), ahead(Number.NaN)]).toEqual(['allow', 'stepUp', 'stepUp']);
  });
});

describe('the version', () => {
  it('changes with policies, tags and ladder, and with nothing else', () => {
    const version = (text: string, tags = {}, ladder = [TOTP]): string => engineOf(text, { tags, ladder }).version;
    const base = version(READ_ALL);
    expect(base).toMatch(/^[0-9a-f]{12}$/);
    expect(version(READ_ALL)).toBe(base);
    const others = [version(READ_ALL + PII_PROOF), version(READ_ALL, PII.tags), version(READ_ALL, {}, [TOTP, PASSKEY])];
    expect(new Set([base, ...others]).size).toBe(4);
  });
});
