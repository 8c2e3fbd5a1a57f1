import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../policy/access/facts.ts';
import { selfAndAncestors } from '../../../policy/engine/entities.ts';
import { entityOf, uidText } from '../../../policy/engine/model.ts';
import { CONTEXT_ATTRIBUTES, cedarSchema, cedarSchemaText } from '../../../policy/engine/schema.ts';

const column = (schema: string, table: string, name: string): Resource => ({
  kind: 'column',
  schema,
  table,
  column: name,
});

describe('an entity id', () => {
  it('quotes the parts that PostgreSQL would quote', () => {
    expect(entityOf(column('public', 'Order Items', 'a"b'), 'shop')).toEqual({
      type: 'Column',
      id: 'public."Order Items"."a""b"',
    });
  });

  it('is never shared by two resources, whatever dots and quotes their names have', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '.', '"', 'B'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.tuple(name, name, name), fc.tuple(name, name, name), (left, right) => {
        const same = left.every((part, index) => part === right[index]);
        const ids = [left, right].map((parts) => uidText(entityOf(column(...parts), 'shop')));
        expect(ids[0] === ids[1]).toBe(same);
      }),
    );
  });
});

describe('the hierarchy of a column', () => {
  it('goes through its table and schema to the database, with its own tags only', () => {
    const tags = { tagsOf: (resource: Resource) => (resource.kind === 'schema' ? ['never'] : [`t-${resource.kind}`]) };
    expect(selfAndAncestors(column('s', 't', 'c'), 'shop', tags).map(uidText)).toEqual([
      'Column::"s.t.c"',
      'Tag::"t-column"',
      'Table::"s.t"',
      'Schema::"s"',
      'Database::"shop"',
    ]);
  });
});

describe('the schema', () => {
  it('has exactly the context attributes that requests fill and cache keys know', () => {
    const text = JSON.stringify(cedarSchema()['']?.commonTypes?.['CopyContext']);
    const records = Object.entries<unknown>(JSON.parse(text).attributes);
    const names = records.map(([name, type]) => [name, Object.keys(Object(Object(type).attributes)).sort()]);
    expect(Object.fromEntries(names)).toEqual(
      Object.fromEntries(
        Object.entries(CONTEXT_ATTRIBUTES).map(([name, attributes]) => [name, [...attributes].sort()]),
      ),
    );
  });

  it('has `copy` for the action of that name alone', () => {
    const text = JSON.stringify(cedarSchema()['']?.commonTypes?.['Context']);
    expect(Object.keys(JSON.parse(text).attributes)).toEqual(['assurance', 'session', 'clock', 'statement']);
    const { actions = {} } = cedarSchema()[''] ?? {};
    const types = Object.entries(actions).map(([name, action]) => [name, action.appliesTo?.context]);
    expect(types.filter(([, type]) => JSON.stringify(type) === '{"type":"CopyContext"}').map(([name]) => name)).toEqual(
      ['copy'],
    );
  });

  it('can be printed for editors', () => {
    expect(cedarSchemaText()).toMatch(/entity Column in \[Table, Tag\];/);
  });
});
