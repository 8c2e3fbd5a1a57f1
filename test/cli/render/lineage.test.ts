import { expect, it } from 'vitest';
import { lineageLines } from '../../../cli/render/lineage.ts';
import type { StatementFacts, ValueSource } from '../../../policy/access/facts.ts';

const NOTHING: StatementFacts = {
  kind: 'SELECT',
  span: { start: 0, end: 1 },
  accesses: [],
  opaque: [],
  effects: [],
  isReadOnly: true,
};

function of(table: string, name: string, rest: Partial<ValueSource> = {}): ValueSource {
  return { resource: { kind: 'column', schema: 'public', table, column: name }, isCopy: true, ...rest };
}

it('says where each column of the result comes from', () => {
  const result = [
    { name: 'ssn', sources: [of('customers', 'ssn')] },
    { name: 'n', sources: [of('orders', 'total', { isCopy: false }), of('orders', 'tax', { isCopy: false })] },
    { name: 'one', sources: [] },
  ];
  expect(lineageLines({ ...NOTHING, result })).toEqual([
    'result: ssn <- public.customers.ssn (as is), n <- public.orders.total (derived) + public.orders.tax (derived), one',
  ]);
});

it('names a view before what is behind it', () => {
  const result = [{ name: 'x', sources: [of('customers', 'ssn', { via: 'view' }), of('v', 'x')] }];
  expect(lineageLines({ ...NOTHING, result })).toEqual([
    'result: x <- public.v.x (as is) + public.customers.ssn (as is)',
  ]);
});

it('says what goes into which column', () => {
  const target = { kind: 'column', schema: 'public', table: 'copies', column: 'a' } as const;
  expect(lineageLines({ ...NOTHING, flows: [{ target, sources: [of('customers', 'ssn')] }] })).toEqual([
    'writes: public.copies.a <- public.customers.ssn (as is)',
  ]);
});

it('shows the first few of many, and nothing hostile', () => {
  const result = Array.from({ length: 20 }, (_, at) => ({ name: `c${at}\u001b[2J`, sources: [] }));
  const [line = ''] = lineageLines({ ...NOTHING, result });
  expect(line.endsWith('8 more')).toBe(true);
  expect(line).not.toContain('\u001b');
});
