import { describe, expect, it } from 'vitest';
import { FRONTEND, type FrameOrPiece, FrameReader } from '../../../proxy/wire/frames.ts';
import { cstr, everySplit, frame, hex, i32, singleBytes, text } from '../../support/bytes.ts';

const query = frame('Q', cstr('SELECT 1'));
const sync = frame('S');

function readAll(chunks: readonly Buffer[], options = { maxFrameBytes: 1000 }): FrameOrPiece[] {
  const reader = new FrameReader(options);
  const items: FrameOrPiece[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let item = reader.next(); item; item = reader.next()) items.push(item);
  }
  expect(reader.bufferedBytes).toBe(0);
  return items;
}

describe('FrameReader', () => {
  it('gives each frame with its header and its payload', () => {
    expect(readAll([Buffer.concat([query, sync])])).toEqual([
      { kind: 'frame', type: 0x51, bytes: query, payload: text('SELECT 1\0') },
      { kind: 'frame', type: 0x53, bytes: sync, payload: Buffer.alloc(0) },
    ]);
  });

  it('gives the same frames wherever the stream is cut', () => {
    const stream = Buffer.concat([query, sync, frame('P', cstr('s'), cstr('SELECT 2'), hex('0000'))]);
    const expected = readAll([stream]);
    for (const chunks of [...everySplit(stream), singleBytes(stream)]) expect(readAll(chunks)).toEqual(expected);
  });

  it('gives nothing until the last byte of a frame is there', () => {
    const reader = new FrameReader({ maxFrameBytes: 1000 });
    reader.push(query.subarray(0, -1));
    expect(reader.next()).toBeUndefined();
    expect(reader.bufferedBytes).toBe(query.length - 1);
    reader.push(query.subarray(-1));
    expect(reader.next()?.bytes).toEqual(query);
  });

  it.each([
    ['a length of 3', hex('51 00000003')],
    ['a length of 0', hex('51 00000000')],
    ['a negative length', hex('51 ffffffff')],
    ['the smallest length', hex('51 80000000')],
    ['a Sync above 10,000 bytes', hex('53 00002711')],
    ['an Execute above 10,000 bytes', hex('45 00002711')],
  ])('refuses %s with a protocol violation', (_, bytes) => {
    const reader = new FrameReader({ maxFrameBytes: 1 << 20 });
    reader.push(bytes);
    expect(() => reader.next()).toThrow(
      expect.objectContaining({
        name: 'PgError',
        severity: 'FATAL',
        sqlstate: '08P01',
        message: 'invalid message length',
      }),
    );
  });

  it('refuses a type that no frontend sends at its first byte', () => {
    const reader = new FrameReader({ maxFrameBytes: 1000 });
    reader.push(text('G'));
    expect(() => reader.next()).toThrow(
      expect.objectContaining({ sqlstate: '08P01', message: 'invalid frontend message type 71' }),
    );
  });

  it('refuses a frame above maxFrameBytes as soon as its header is there, holding none of it', () => {
    const reader = new FrameReader({ maxFrameBytes: 1000 });
    reader.push(Buffer.concat([text('Q'), i32(1000)]));
    expect(() => reader.next()).toThrow(expect.objectContaining({ severity: 'FATAL', sqlstate: '54000' }));
  });

  it('takes a frame of exactly maxFrameBytes', () => {
    const largest = frame('Q', Buffer.alloc(995, 'x'));
    expect(readAll([largest])[0]?.bytes).toEqual(largest);
  });

  describe('for a streamed type', () => {
    const options = { maxFrameBytes: 20, streamTypes: new Set<number>([FRONTEND.copyData]) };
    const copyData = frame('d', Buffer.alloc(100, 'r'));

    it('gives pieces as they come, the first with the header, whatever maxFrameBytes says', () => {
      const chunks = [copyData.subarray(0, 50), copyData.subarray(50)];
      expect(readAll(chunks, options)).toEqual([
        { kind: 'piece', type: 0x64, bytes: chunks[0], last: false },
        { kind: 'piece', type: 0x64, bytes: chunks[1], last: true },
      ]);
    });

    it('passes on the same bytes and finds the next frame, wherever the stream is cut', () => {
      const stream = Buffer.concat([copyData, frame('d'), frame('c')]);
      for (const chunks of [...everySplit(stream), singleBytes(stream)]) {
        const items = readAll(chunks, options);
        expect(Buffer.concat(items.map(({ bytes }) => bytes))).toEqual(stream);
        expect(items.filter((item) => item.kind === 'piece' && item.last)).toHaveLength(2);
        expect(items.at(-1)).toMatchObject({ kind: 'frame', type: 0x63 });
      }
    });

    it('refuses one that is longer than PostgreSQL takes', () => {
      const reader = new FrameReader(options);
      reader.push(hex('64 3fffffff'));
      expect(() => reader.next()).toThrow(expect.objectContaining({ sqlstate: '08P01' }));
    });
  });
});
