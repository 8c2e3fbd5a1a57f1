import { describe, expect, it } from 'vitest';
import {
  decodeBind,
  decodeClose,
  decodeDescribe,
  decodeExecute,
  decodeParse,
  decodeQuery,
} from '../../../proxy/wire/frontend-messages.ts';
import { cstr, hex, i16, i32, text } from '../../support/bytes.ts';

const of = (...parts: readonly Buffer[]) => ({ payload: Buffer.concat(parts) });
const malformed = expect.objectContaining({ name: 'PgError', severity: 'ERROR', sqlstate: '08P01' });
const notUtf8 = expect.objectContaining({ name: 'PgError', severity: 'ERROR', sqlstate: '22021' });

describe('decodeQuery', () => {
  it('reads the text', () => {
    expect(decodeQuery(of(cstr("SELECT 'ü€𝄞'")))).toEqual({ text: "SELECT 'ü€𝄞'" });
  });

  it('reads an empty text', () => {
    expect(decodeQuery(of(hex('00')))).toEqual({ text: '' });
  });

  it('keeps a byte order mark: PostgreSQL does not skip it either', () => {
    expect(decodeQuery(of(hex('efbbbf'), cstr('SELECT 1'))).text).toBe('\u{FEFF}SELECT 1');
  });

  it('refuses a text without its NUL', () => {
    expect(() => decodeQuery(of(text('SELECT 1')))).toThrow(malformed);
    expect(() => decodeQuery(of())).toThrow(malformed);
  });

  it('refuses anything behind the first NUL: a text that ends where another reader goes on', () => {
    expect(() => decodeQuery(of(cstr('SELECT 1'), cstr('; SELECT ssn FROM customers')))).toThrow(malformed);
  });

  it.each(['ff', 'c3', 'c0af', 'eda080', 'f4908080', 'c328'])('refuses the invalid UTF-8 %s', (bytes) => {
    expect(() => decodeQuery(of(text("SELECT '"), hex(bytes), cstr("'")))).toThrow(notUtf8);
  });
});

describe('decodeParse', () => {
  it('reads name, text and parameter types, which are unsigned', () => {
    expect(decodeParse(of(cstr('s1'), cstr('SELECT $1'), i16(2), i32(23), hex('ffffffff')))).toEqual({
      name: 's1',
      text: 'SELECT $1',
      parameterTypeOids: [23, 4294967295],
    });
  });

  it('reads as many parameter types as the protocol can name', () => {
    const types = Buffer.alloc(65_535 * 4);
    expect(decodeParse(of(cstr(''), cstr('SELECT 1'), hex('ffff'), types)).parameterTypeOids).toHaveLength(65_535);
  });

  it.each([
    ['no count', of(cstr(''), cstr('SELECT 1'))],
    ['fewer types than counted', of(cstr(''), cstr('SELECT 1'), i16(2), i32(23))],
    ['more types than counted', of(cstr(''), cstr('SELECT 1'), i16(0), i32(23))],
    ['a text without its NUL', of(cstr(''), text('SELECT 1'))],
    ['no text', of(cstr('s1'))],
  ])('refuses %s', (_, message) => {
    expect(() => decodeParse(message)).toThrow(malformed);
  });
});

describe('decodeBind', () => {
  it('reads the two names and leaves the values to upstream', () => {
    expect(decodeBind(of(cstr('p'), cstr('s'), hex('00ffff')))).toEqual({
      portal: 'p',
      statement: 's',
    });
  });

  it('refuses a missing name', () => {
    expect(() => decodeBind(of(cstr('p'), text('s')))).toThrow(malformed);
  });
});

describe('decodeExecute', () => {
  it('reads portal and row limit', () => {
    expect(decodeExecute(of(cstr('p'), i32(50)))).toEqual({ portal: 'p', maxRows: 50 });
  });

  it('refuses a short or a long message', () => {
    expect(() => decodeExecute(of(cstr('p'), i16(1)))).toThrow(malformed);
    expect(() => decodeExecute(of(cstr('p'), i32(1), hex('00')))).toThrow(malformed);
  });
});

describe('decodeDescribe and decodeClose', () => {
  it('read what is meant and its name', () => {
    expect(decodeDescribe(of(text('S'), cstr('name')))).toEqual({ target: 'S', name: 'name' });
    expect(decodeClose(of(text('P'), cstr('')))).toEqual({ target: 'P', name: '' });
  });

  it('refuse another subtype with the words of PostgreSQL', () => {
    expect(() => decodeDescribe(of(text('X'), cstr('')))).toThrow('invalid DESCRIBE message subtype 88');
    expect(() => decodeClose(of(text('s'), cstr('')))).toThrow('invalid CLOSE message subtype 115');
  });

  it('refuse an empty message, a missing NUL and bytes at the end', () => {
    expect(() => decodeDescribe(of())).toThrow(malformed);
    expect(() => decodeDescribe(of(text('Sname')))).toThrow(malformed);
    expect(() => decodeClose(of(text('S'), cstr('name'), hex('00')))).toThrow(malformed);
  });
});
