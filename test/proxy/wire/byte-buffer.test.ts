import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteBuffer } from '../../../proxy/wire/byte-buffer.ts';

describe('ByteBuffer', () => {
  it('gives back what was appended, however it is cut and taken, and never changes what it gave', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ chunk: fc.uint8Array({ maxLength: 40 }), take: fc.nat(60) }), { maxLength: 40 }),
        (steps) => {
          const buffer = new ByteBuffer();
          const taken: Buffer[] = [];
          for (const { chunk, take } of steps) {
            buffer.append(Buffer.from(chunk));
            taken.push(buffer.take(take));
          }
          taken.push(buffer.take(buffer.length));
          expect(buffer.length).toBe(0);
          expect(Buffer.concat(taken)).toEqual(Buffer.concat(steps.map(({ chunk }) => chunk)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does not copy a chunk that is taken whole', () => {
    const buffer = new ByteBuffer();
    const chunk = Buffer.from('a whole message');
    buffer.append(chunk);
    expect(buffer.take(chunk.length).buffer).toBe(chunk.buffer);
  });

  it('never writes into a chunk that it was given', () => {
    const buffer = new ByteBuffer();
    const pool = Buffer.from('abcdef');
    buffer.append(pool.subarray(0, 3));
    buffer.append(Buffer.from('XYZ'));
    expect(buffer.take(6).toString()).toBe('abcXYZ');
    expect(pool.toString()).toBe('abcdef');
  });
});
