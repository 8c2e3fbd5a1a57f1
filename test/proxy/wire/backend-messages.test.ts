import { describe, expect, it } from 'vitest';
import {
  decodeBackendKeyData,
  decodeCommandTag,
  decodeDataRow,
  decodeErrorFields,
  decodeParameterStatus,
  decodeReadyForQuery,
} from '../../../proxy/wire/backend-messages.ts';
import { cstr, hex, i8, i16, i32, text } from '../../support/bytes.ts';

const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const violation = expect.objectContaining({ name: 'PgError', sqlstate: '08006' });

describe('messages of upstream', () => {
  it('are read', () => {
    expect(decodeErrorFields(join(cstr('SERROR'), cstr('C42P01'), cstr('M'), i8(0)))).toEqual(
      new Map([
        ['S', 'ERROR'],
        ['C', '42P01'],
        ['M', ''],
      ]),
    );
    expect(decodeReadyForQuery(text('E'))).toBe('E');
    expect(decodeCommandTag(cstr('INSERT 0 1'))).toBe('INSERT 0 1');
    expect(decodeParameterStatus(join(cstr('TimeZone'), cstr('')))).toEqual({ name: 'TimeZone', value: '' });
    expect(decodeBackendKeyData(join(i32(-5), hex('01020304')))).toEqual({ pid: -5, secret: hex('01020304') });
    expect(decodeDataRow(join(i16(3), i32(2), text('ab'), i32(-1), i32(0)))).toEqual(['ab', null, '']);
  });

  it.each<[string, () => unknown]>([
    ['fields without their end', () => decodeErrorFields(cstr('SERROR'))],
    ['a field without its NUL', () => decodeErrorFields(text('SERROR'))],
    ['bytes behind the fields', () => decodeErrorFields(join(cstr('SERROR'), i8(0), i8(0)))],
    ['no fields at all', () => decodeErrorFields(Buffer.alloc(0))],
    ['an unknown transaction status', () => decodeReadyForQuery(text('X'))],
    ['a long ReadyForQuery', () => decodeReadyForQuery(text('II'))],
    ['a tag without its NUL', () => decodeCommandTag(text('SELECT 1'))],
    ['bytes behind the tag', () => decodeCommandTag(text('SELECT 1\0x'))],
    ['a parameter without a value', () => decodeParameterStatus(cstr('a'))],
    ['bytes behind the parameter', () => decodeParameterStatus(join(cstr('a'), cstr('b'), i8(1)))],
    ['a short key', () => decodeBackendKeyData(join(i32(1), i16(1)))],
    ['a key above 256 bytes', () => decodeBackendKeyData(Buffer.alloc(261))],
    ['an empty row', () => decodeDataRow(Buffer.alloc(0))],
    ['a row without the length that it counts', () => decodeDataRow(join(i16(1), i16(0)))],
    ['a value longer than its row', () => decodeDataRow(join(i16(1), i32(3), text('ab')))],
    ['a value of length -2', () => decodeDataRow(join(i16(1), i32(-2)))],
    ['bytes behind a row', () => decodeDataRow(join(i16(0), i8(0)))],
  ])('are refused with %s', (_, decode) => {
    expect(decode).toThrow(violation);
  });
});
