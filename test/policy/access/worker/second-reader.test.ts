import { describe, expect, it } from 'vitest';
import type { AccessFacts } from '../../../../policy/access/facts.ts';
import { unseenTable } from '../../../../policy/access/readers-agree.ts';
import { readTables } from '../../../../policy/access/second-reader.ts';

const FACTS: AccessFacts = {
  statements: [
    {
      kind: 'SELECT',
      span: { start: 0, end: 1 },
      accesses: [
        {
          action: 'select',
          resource: { kind: 'column', schema: 'public', table: 'Customers', column: 'id' },
          usage: 'output',
          spans: [],
        },
        { action: 'select', resource: { kind: 'table', schema: 'public', table: 'notes' }, usage: 'output', spans: [] },
      ],
      opaque: [],
      effects: [],
      isReadOnly: true,
    },
  ],
};
const known = { otherNames: ['cte'], isRelation: (name: string): boolean => name !== 'lateral' };

describe('the second reader', () => {
  it('lists tables, without their schemas, in lower case', () => {
    expect(readTables('SELECT a FROM Public."Customers" JOIN b ON true; DELETE FROM c')?.toSorted()).toEqual([
      'b',
      'c',
      'customers',
    ]);
  });

  it('has no opinion on what it cannot parse', () => {
    expect(readTables('COPY a TO STDOUT')).toBeUndefined();
  });

  it('agrees where the authority has every table that it sees', () => {
    expect(unseenTable(['customers', 'notes'], FACTS, known)).toBeUndefined();
    expect(unseenTable([], FACTS, known)).toBeUndefined();
  });

  it('disagrees on a table that the authority does not have', () => {
    expect(unseenTable(['customers', 'secret'], FACTS, known)).toBe('secret');
  });

  it('does not take CTEs and keywords for tables', () => {
    expect(unseenTable(['cte', 'lateral'], FACTS, known)).toBeUndefined();
  });
});
