import { describe, expect, it } from 'vitest';
import type { Access, AccessFacts } from '../../../../policy/access/facts.ts';
import { packFacts, unpackFacts } from '../../../../policy/access/packed-facts.ts';

const column = (at: number): Access => ({
  action: 'select',
  resource: { kind: 'column', schema: 'public', table: 'wide', column: `c${at}é` },
  usage: 'output',
  spans: [{ start: at, end: at + 1 }],
});

function factsOf(...counts: readonly number[]): AccessFacts {
  return {
    statements: counts.map((count, at) => ({
      kind: 'SELECT',
      span: { start: at, end: at + 1 },
      accesses: Array.from({ length: count }, (_, each) => column(each)),
      opaque: [],
      effects: [{ kind: 'prepare', name: 'p', body: { start: 0, end: at } }],
      result: [{ name: 'c', sources: [] }],
      isReadOnly: true,
    })),
  };
}

const ROOM = 1024 * 1024;

describe('packed facts', () => {
  it.each([[], [0], [1], [64], [65], [3000], [1, 700, 0, 2]])('are the same again: %j', async (...counts) => {
    const facts = factsOf(...counts.flat());
    const packs = packFacts(facts, ROOM) ?? [];
    expect(await unpackFacts(packs, () => Promise.resolve())).toEqual(facts);
  });

  it('come in packs of bounded size, with a pause between two', async () => {
    const packs = packFacts(factsOf(3000), ROOM) ?? [];
    expect(packs.length).toBeGreaterThan(5);
    expect(Math.max(...packs.map(({ length }) => length))).toBeLessThan(50_000);
    let pauses = 0;
    await unpackFacts(packs, () => Promise.resolve(void (pauses += 1)));
    expect(pauses).toBe(packs.length - 1);
  });

  it('are one pack where they are few', () => {
    expect(packFacts(factsOf(5, 5), ROOM)).toHaveLength(1);
  });

  it('are none where there are too many', () => {
    expect(packFacts(factsOf(100), 1000)).toBeUndefined();
  });

  it('that are damaged are not taken for facts', async () => {
    const damaged = new TextEncoder().encode('[{"at":0,"head":{"kind":"SELECT"}}]');
    await expect(unpackFacts([damaged], () => Promise.resolve())).rejects.toThrow('damaged');
  });
});
