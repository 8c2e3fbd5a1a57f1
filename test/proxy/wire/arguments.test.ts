import { describe, expect, it } from 'vitest';
import { argumentText, decodeBindArguments, decodeFunctionCall } from '../../../proxy/wire/arguments.ts';
import { cstr, hex, i16, i32, text } from '../../support/bytes.ts';

const bytes = (...parts: readonly Buffer[]) => ({ payload: Buffer.concat(parts) });
const value = (of: Buffer): Buffer => Buffer.concat([i32(of.length), of]);
const NULL = i32(-1);

describe('FunctionCall', () => {
  it('names the function by its oid, with its arguments in their formats', () => {
    const frame = bytes(i32(951), i16(2), i16(0), i16(1), i16(2), value(text('17')), value(hex('00 01')), i16(1));
    expect(decodeFunctionCall(frame)).toEqual({
      functionOid: 951,
      args: [
        { isBinary: false, bytes: text('17') },
        { isBinary: true, bytes: hex('00 01') },
      ],
    });
  });

  it('may give one format for all, or none', () => {
    const one = bytes(i32(1), i16(1), i16(1), i16(2), value(text('a')), NULL, i16(0));
    expect(decodeFunctionCall(one).args.map(({ isBinary }) => isBinary)).toEqual([true, true]);
    const none = bytes(i32(1), i16(0), i16(1), value(text('a')), i16(0));
    expect(decodeFunctionCall(none).args).toEqual([{ isBinary: false, bytes: text('a') }]);
  });

  it.each([
    ['is cut short in its formats', bytes(i32(1), i16(9))],
    ['is cut short in a value', bytes(i32(1), i16(0), i16(1), i32(5), text('abc'))],
    ['has a negative length that is not NULL', bytes(i32(1), i16(0), i16(1), i32(-2), i16(0))],
    ['has more formats than values', bytes(i32(1), i16(2), i16(0), i16(0), i16(1), NULL, i16(0))],
    ['goes on behind its end', bytes(i32(1), i16(0), i16(0), i16(0), text('x'))],
    ['has no result format', bytes(i32(1), i16(0), i16(0))],
  ])('is refused where it %s', (_, frame) => {
    expect(() => decodeFunctionCall(frame)).toThrow(expect.objectContaining({ sqlstate: '08P01' }));
  });
});

describe('Bind', () => {
  it('gives its values in order', () => {
    const frame = bytes(cstr('p'), cstr('s'), i16(0), i16(2), value(text('search_path')), NULL, i16(0));
    expect(decodeBindArguments(frame)).toEqual([
      { isBinary: false, bytes: text('search_path') },
      { isBinary: false, bytes: null },
    ]);
  });
});

describe('the text of an argument', () => {
  it.each([
    ['text, varchar, bool and undeclared ones are what was sent', 'finance', [0, 16, 25, 1043], 'finance'],
    ['char and name, which pad and cut, are not known', 'finance', [19, 1042, 23], undefined],
  ])('%s', (_, sent, oids, expected) => {
    for (const oid of oids) expect(argumentText({ isBinary: false, bytes: text(sent) }, oid)).toBe(expected);
  });

  it('is null for NULL, and not known where it is no UTF-8', () => {
    expect(argumentText({ isBinary: false, bytes: null }, 25)).toBeNull();
    expect(argumentText({ isBinary: true, bytes: hex('ff fe') }, 25)).toBeUndefined();
  });
});
