import { describe, expect, it } from 'vitest';
import type { Resource, StatementFacts, ValueFlow } from '../../../policy/access/facts.ts';
import { resourceKey } from '../../../policy/access/facts.ts';
import type { CarriedTagSource } from '../../../policy/engine/carried.ts';
import type { Decision } from '../../../policy/engine/decision.ts';
import { createPolicyEngine, type ExplainingEngine } from '../../../policy/engine/engine.ts';
import { bundleOf, column, request, statement, TOTP } from './scenario.ts';

const BASE = `@id("all") permit (principal, action in [Action::"select", Action::"insert", Action::"copy"], resource);`;
const NO_PII = `@id("no-pii-copies") forbid (principal, action == Action::"copy", resource in Tag::"pii");`;
const PII_PROOF = `@id("pii-proof") forbid (principal, action == Action::"select", resource in Tag::"pii") unless { context.assurance.aal >= 2 };`;

/** What the proxy keeps in state.db. */
function memory(): CarriedTagSource & { add(key: string, tag: string): void } {
  const tags = new Map<string, string[]>();
  let version = 0;
  return {
    tagsOn: (resource: Resource) => tags.get(resourceKey(resource)) ?? [],
    get version() {
      return String(version);
    },
    add(key, tag) {
      tags.set(key, [...(tags.get(key) ?? []), tag]);
      version += 1;
    },
  };
}

function engineWith(text: string, carried = memory()): ExplainingEngine {
  const tags: Record<string, readonly string[]> = {
    'public.customers.ssn': ['pii'],
    'public.customers.email': ['pii'],
    'public.customers.card': ['pci', 'pii'],
    'public.news.title': ['open'],
    'pg_catalog.pg_class.relname': ['catalog'],
  };
  return createPolicyEngine({
    bundle: bundleOf(text),
    tags: { tagsOf: (resource) => tags[resourceKey(resource)] ?? [] },
    carried,
    ladder: [TOTP],
    database: 'shop',
  });
}

type Column = Extract<Resource, { kind: 'column' }>;

function named(name: string): Column {
  const [table = '', part = '', schema = 'public'] = name.split('.');
  return { kind: 'column', schema, table, column: part };
}

/** A statement that brings values of `from` into `to`. */
function copying(from: string, to: string, isCopy = true): StatementFacts {
  const source = { resource: named(from), isCopy };
  const flow: ValueFlow = { target: named(to), sources: [source] };
  return { ...statement(column('orders', 'id')), flows: [flow] };
}

const kindOf = (engine: ExplainingEngine, ...statements: readonly StatementFacts[]): Decision['kind'] =>
  engine.decide(request(statements)).kind;

describe('a copy', () => {
  it('of a tagged column into one without the tag is asked about', () => {
    const engine = engineWith(BASE + NO_PII);
    const decision = engine.decide(request([copying('customers.ssn', 'notes.text')]));
    expect(decision).toMatchObject({
      kind: 'refuse',
      determining: [{ id: 'no-pii-copies' }],
      denied: [{ access: { action: 'copy', resource: named('customers.ssn'), target: named('notes.text') } }],
    });
  });

  it('needs a permit of its own: nothing is allowed unless a policy permits it', () => {
    const readOnly = `@id("read") permit (principal, action == Action::"select", resource);`;
    expect(kindOf(engineWith(readOnly), copying('customers.ssn', 'notes.text'))).toBe('refuse');
  });

  it.each([
    ['of a column without tags', 'orders.id', 'notes.text'],
    ['into a column with the same tags', 'customers.ssn', 'customers.email'],
    ['into a column with more', 'customers.ssn', 'customers.card'],
    ['of structure that everybody reads', 'pg_class.relname.pg_catalog', 'notes.text'],
  ])('%s is no question', (_why, from, to) => {
    expect(kindOf(engineWith(BASE + NO_PII), copying(from, to))).toBe('allow');
  });

  it('into a column with fewer tags is', () => {
    expect(kindOf(engineWith(BASE + NO_PII), copying('customers.card', 'customers.ssn'))).toBe('refuse');
  });

  it('can be judged by where it goes, and whether anything is computed', () => {
    const vault = `${BASE}@id("v") forbid (principal, action == Action::"copy", resource in Tag::"pii")
      unless { context.copy.table in Schema::"vault" || (context.copy has column && context.copy.column == "hash" && !context.copy.asIs) };`;
    const engine = engineWith(vault);
    expect(kindOf(engine, copying('customers.ssn', 'copies.ssn.vault'))).toBe('allow');
    expect(kindOf(engine, copying('customers.ssn', 'copies.ssn'))).toBe('refuse');
    expect(kindOf(engine, copying('customers.ssn', 'copies.hash'))).toBe('refuse');
    expect(kindOf(engine, copying('customers.ssn', 'copies.hash', false))).toBe('allow');
  });
});

describe('carried tags', () => {
  it('come with the decision that permits the copy', () => {
    const decision = engineWith(BASE).decide(request([copying('customers.card', 'customers.ssn')]));
    expect(decision).toMatchObject({
      kind: 'allow',
      carries: [{ target: named('customers.ssn'), tags: ['pci'], sources: [named('customers.card')] }],
    });
  });

  it('are protected like the source from then on, for statements that were judged before too', () => {
    const carried = memory();
    const engine = engineWith(BASE + PII_PROOF, carried);
    const reading = [statement(column('notes', 'text'))];
    expect(engine.decide(request(reading)).kind).toBe('allow');
    carried.add('public.notes.text', 'pii');
    expect(engine.decide(request(reading)).kind).toBe('stepUp');
  });

  it('on a table are on its columns', () => {
    const carried = memory();
    carried.add('public.notes', 'pii');
    expect(kindOf(engineWith(BASE + PII_PROOF, carried), statement(column('notes', 'text')))).toBe('stepUp');
  });

  it('are carried further', () => {
    const carried = memory();
    carried.add('public.notes.text', 'pii');
    const engine = engineWith(BASE + NO_PII, carried);
    expect(kindOf(engine, copying('notes.text', 'other.text'))).toBe('refuse');
    expect(kindOf(engine, copying('customers.ssn', 'notes.text'))).toBe('allow');
  });

  it('hold for the next statement of the same message', () => {
    const message = [copying('customers.ssn', 'notes.text'), statement(column('notes', 'text'))];
    expect(kindOf(engineWith(BASE + PII_PROOF), ...message)).toBe('stepUp');
    expect(kindOf(engineWith(BASE + PII_PROOF), ...message.toReversed())).toBe('allow');
  });

  it('give no right: a tag that opens its column does not open where it is carried to', () => {
    const carried = memory();
    const open = `@id("open") permit (principal, action == Action::"select", resource in Tag::"open");`;
    carried.add('public.secrets.x', 'open');
    const engine = engineWith(open, carried);
    expect(kindOf(engine, statement(column('news', 'title')))).toBe('allow');
    expect(kindOf(engine, statement(column('secrets', 'x')))).toBe('refuse');
  });
});
