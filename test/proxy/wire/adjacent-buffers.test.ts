import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { AdjacentBuffers } from '../../../proxy/wire/adjacent-buffers.ts';

it('makes one slice of the slices of one chunk, without a copy', () => {
  const chunk = Buffer.from('abcdef');
  const collected = new AdjacentBuffers();
  for (const [start, end] of [
    [1, 3],
    [3, 4],
    [4, 6],
  ] as const) {
    collected.add(chunk.subarray(start, end));
  }
  const [one, ...others] = collected.take();
  expect([one?.toString(), others]).toEqual(['bcdef', []]);
  chunk[2] = 0x58;
  expect(one?.toString()).toBe('bXdef');
  expect(collected.take()).toEqual([]);
});

it('gives all bytes in the order in which they were added, whatever memory they are in', () => {
  const cuts = fc.array(fc.tuple(fc.nat(2), fc.nat(20), fc.nat(20)), { maxLength: 30 });
  fc.assert(
    fc.property(cuts, (slices) => {
      const memory = [0, 1, 2].map((which) => Buffer.from(Array.from({ length: 20 }, (_, i) => which * 64 + i)));
      const wanted = slices.map(([which, a, b]) => memory[which]?.subarray(Math.min(a, b), Math.max(a, b)));
      const collected = new AdjacentBuffers();
      for (const slice of wanted) if (slice) collected.add(slice);
      expect(Buffer.concat(collected.take())).toEqual(Buffer.concat(wanted.filter((slice) => slice !== undefined)));
    }),
  );
});
