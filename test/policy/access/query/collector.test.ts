import { describe, expect, it } from 'vitest';
import { Collector } from '../../../../policy/access/collector.ts';

const toSpan = (start: number, length = 1): { start: number; end: number } => ({ start, end: start + length });
const column = { kind: 'column', schema: 'public', table: 'customers', column: 'ssn' } as const;
const table = { kind: 'table', schema: 'public', table: 'customers' } as const;

describe('Collector', () => {
  it('makes one access of what differs only in its place', () => {
    const collector = new Collector(toSpan);
    for (const location of [7, 20, 7])
      collector.access({ action: 'select', resource: column, usage: 'output', location });
    const spans = [toSpan(7), toSpan(20)];
    expect(collector.accesses()).toEqual([{ action: 'select', resource: column, usage: 'output', spans }]);
  });

  it('keeps usages and ways apart', () => {
    const collector = new Collector(toSpan);
    collector.access({ action: 'select', resource: column, usage: 'output' });
    collector.access({ action: 'select', resource: column, usage: 'condition' });
    collector.access({ action: 'select', resource: column, usage: 'condition', via: 'view' });
    expect(collector.accesses()).toHaveLength(3);
  });

  it('reads a touched table as such only where no column of it is read', () => {
    const collector = new Collector(toSpan);
    collector.touch(table);
    expect(collector.accesses().map((access) => access.resource.kind)).toEqual(['table']);
    const other = new Collector(toSpan);
    other.touch(table);
    other.access({ action: 'select', resource: column, usage: 'condition' });
    expect(other.accesses().map((access) => access.resource.kind)).toEqual(['column']);
  });

  it('does not take a write of a column for a read of the table', () => {
    const collector = new Collector(toSpan);
    collector.touch(table);
    collector.access({ action: 'update', resource: column, usage: 'write' });
    expect(collector.accesses().map((access) => access.action)).toEqual(['update', 'select']);
  });

  it('never finishes without an access', () => {
    const facts = new Collector(toSpan).finish('SELECT', { start: 0, end: 8 });
    expect(facts.accesses.map((access) => access.action)).toEqual(['connect']);
  });

  it('asks for every opaque part as an access of its own', () => {
    const collector = new Collector(toSpan);
    collector.opaque('dynamic SQL', 3);
    const facts = collector.finish('DO', { start: 0, end: 8 });
    expect(facts.opaque).toEqual([{ what: 'dynamic SQL', spans: [toSpan(3)] }]);
    expect(facts.accesses.map((access) => access.action)).toEqual(['opaque']);
  });
});
