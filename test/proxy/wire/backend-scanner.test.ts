import { describe, expect, it } from 'vitest';
import { BackendScanner, type ScanItem } from '../../../proxy/wire/backend-scanner.ts';
import { BACKEND } from '../../../proxy/wire/frames.ts';
import { cstr, everySplit, frame, hex, i16, i32, singleBytes, text } from '../../support/bytes.ts';

const interesting = new Set<number>([BACKEND.commandComplete, BACKEND.readyForQuery, BACKEND.errorResponse]);
const row = frame('D', i16(1), i32(3), text('abc'));
const description = frame('T', i16(0));
const complete = frame('C', cstr('SELECT 2'));
const ready = frame('Z', text('I'));

const scanAll = (chunks: readonly Buffer[]): ScanItem[] => {
  const scanner = new BackendScanner({ interesting, maxHeldBytes: 100 });
  return chunks.flatMap((chunk) => scanner.scan(chunk));
};
const rowsOf = (items: readonly ScanItem[]): number =>
  items.reduce((sum, item) => sum + (item.kind === 'relay' ? item.rows : 0), 0);
const messagesOf = (items: readonly ScanItem[]): ScanItem[] => items.filter(({ kind }) => kind === 'message');

describe('BackendScanner', () => {
  const stream = Buffer.concat([description, row, row, complete, row, ready]);

  it('cuts a chunk into runs to relay and messages to look at, in order', () => {
    expect(scanAll([stream])).toEqual([
      { kind: 'relay', bytes: Buffer.concat([description, row, row]), rows: 2 },
      { kind: 'message', type: 0x43, bytes: complete, payload: cstr('SELECT 2') },
      { kind: 'relay', bytes: row, rows: 1 },
      { kind: 'message', type: 0x5a, bytes: ready, payload: text('I') },
    ]);
  });

  it('loses no byte, no row and no message wherever the stream is cut', () => {
    const expected = messagesOf(scanAll([stream]));
    for (const chunks of [...everySplit(stream), singleBytes(stream)]) {
      const items = scanAll(chunks);
      expect(Buffer.concat(items.map(({ bytes }) => bytes))).toEqual(stream);
      expect(rowsOf(items)).toBe(3);
      expect(messagesOf(items)).toEqual(expected);
    }
  });

  it('relays the beginning of a row before its end has come', () => {
    const scanner = new BackendScanner({ interesting, maxHeldBytes: 100 });
    const huge = Buffer.concat([hex('44 3fffffff'), Buffer.alloc(1000)]);
    expect(scanner.scan(huge)).toEqual([{ kind: 'relay', bytes: huge, rows: 1 }]);
    const more = Buffer.alloc(5000, 0x5a);
    expect(scanner.scan(more)).toEqual([{ kind: 'relay', bytes: more, rows: 0 }]);
  });

  it('knows whether what it gave ends with the end of a message', () => {
    const scanner = new BackendScanner({ interesting, maxHeldBytes: 100 });
    const states = [row.subarray(0, 3), row.subarray(3, 9), row.subarray(9), complete.subarray(0, 8)].map((chunk) => {
      scanner.scan(chunk);
      return scanner.isBetweenFrames;
    });
    expect(states).toEqual([true, false, true, true]);
  });

  it('relays without copying', () => {
    const [item] = scanAll([stream]);
    expect(item?.bytes.buffer).toBe(stream.buffer);
  });

  it('finds a message that ends exactly with its header', () => {
    const scanner = new BackendScanner({ interesting: new Set([BACKEND.parseComplete]), maxHeldBytes: 100 });
    const parseComplete = hex('31 00000004');
    expect(singleBytes(parseComplete).flatMap((chunk) => scanner.scan(chunk))).toEqual([
      { kind: 'message', type: 0x31, bytes: parseComplete, payload: Buffer.alloc(0) },
    ]);
  });

  it.each([hex('44 00000003'), hex('5a ffffffff'), hex('43 00000000')])('refuses a length below 4', (header) => {
    const refusal = expect.objectContaining({ name: 'PgError', sqlstate: '08006' });
    expect(() => scanAll([header])).toThrow(refusal);
    expect(() => scanAll(singleBytes(header))).toThrow(refusal);
  });

  it('refuses to hold a message above maxHeldBytes, at its header', () => {
    const refusal = expect.objectContaining({ sqlstate: '08P01', message: 'upstream message too large' });
    expect(() => scanAll([hex('45 7fffffff')])).toThrow(refusal);
    expect(() => scanAll(singleBytes(hex('45 00000064')))).toThrow(refusal);
    const largest = frame('E', Buffer.alloc(95));
    expect(scanAll([largest])).toHaveLength(1);
  });
});
