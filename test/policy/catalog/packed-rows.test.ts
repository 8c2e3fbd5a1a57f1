import { describe, expect, it } from 'vitest';
import type { Row } from '../../../policy/catalog/load-rows.ts';
import { PackedRowsReader, packRows, RowsByOid } from '../../../policy/catalog/packed-rows.ts';

const readAll = (rows: readonly Row[]): readonly Row[] => [...new PackedRowsReader(packRows(rows)).rows()];

describe('packed rows', () => {
  it('are what was packed: NULLs, empty values, values that are not ASCII', () => {
    const rows = [['1', null, '', 'Zoë \u{1f600}'], [], [null]];
    expect(readAll(rows)).toEqual(rows);
  });

  it('are whole where a row is longer than a chunk, and behind it', () => {
    const rows = [
      ['1', 'a'],
      ['2', 'b'.repeat(3_000_000)],
      ['3', 'c'.repeat(200_000)],
      ['4', 'd'],
    ];
    expect(readAll(rows)).toEqual(rows);
  });

  it('are whole in many chunks', () => {
    const rows = Array.from({ length: 20_000 }, (_, at): Row => [String(at), `name ${at}`]);
    const packed = packRows(rows);
    expect(packed.chunks.length).toBeGreaterThan(2);
    expect([...new PackedRowsReader(packed).rows()]).toEqual(rows);
    expect(new RowsByOid(packed).rows(12_345)).toEqual([['12345', 'name 12345']]);
  });

  it('share their memory with a thread that gets them', () => {
    const { chunks } = packRows([['1', 'a']]);
    expect(chunks[0]?.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('leave out the fields that are not wanted', () => {
    const reader = new PackedRowsReader(packRows([['1', 'long', 'x']]));
    const [position = 0] = [...reader.positions()];
    expect(reader.row(position, [1])).toEqual(['1', null, 'x']);
  });
});

describe('rows by oid', () => {
  const rows = new RowsByOid(
    packRows([
      ['16384', 'a', '7'],
      ['16385', 'b', '8'],
      ['16384', 'c', '9'],
    ]),
  );

  it('gives all rows of an oid in order, also where others lie between them', () => {
    expect(rows.rows(16_384)).toEqual([
      ['16384', 'a', '7'],
      ['16384', 'c', '9'],
    ]);
    expect(rows.numbers(16_384, 2)).toEqual([7, 9]);
  });

  it('gives none for an oid that has none', () => {
    expect(rows.rows(1)).toEqual([]);
    expect(rows.field(1, 1)).toBeUndefined();
  });
});
