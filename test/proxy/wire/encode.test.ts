import { describe, expect, it } from 'vitest';
import * as backend from '../../../proxy/wire/backend-encode.ts';
import * as frontend from '../../../proxy/wire/frontend-encode.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { cstr, frame, hex, i8, i16, i32, packet, startup, text } from '../../support/bytes.ts';

describe('frontend messages', () => {
  const cases: readonly [string, Buffer, Buffer][] = [
    ['Query', frontend.encodeQuery('SELECT 1'), hex('51 0000000d 53454c454354203100')],
    ['Parse', frontend.encodeParse('s', 'SELECT 1'), frame('P', cstr('s'), cstr('SELECT 1'), i16(0))],
    ['Bind', frontend.encodeBind('p', 's'), frame('B', cstr('p'), cstr('s'), i16(0), i16(0), i16(0))],
    ['Execute', frontend.encodeExecute('p', 7), frame('E', cstr('p'), i32(7))],
    ['Describe', frontend.encodeDescribe('P', 'p'), frame('D', text('P'), cstr('p'))],
    ['Close', frontend.encodeClose('S', 's'), frame('C', text('S'), cstr('s'))],
    ['Sync', frontend.encodeSync(), hex('53 00000004')],
    ['Flush', frontend.encodeFlush(), hex('48 00000004')],
    ['Terminate', frontend.encodeTerminate(), hex('58 00000004')],
    ['CopyFail', frontend.encodeCopyFail('no'), frame('f', cstr('no'))],
    ['SSLRequest', frontend.encodeSslRequest(), hex('00000008 04d2162f')],
    ['StartupMessage', frontend.encodeStartup(new Map([['user', 'ü']])), startup({ user: 'ü' })],
    ['CancelRequest', frontend.encodeCancelRequest(-2, hex('01020304')), hex('00000010 04d2162e fffffffe 01020304')],
    [
      'CancelRequest with a long key',
      frontend.encodeCancelRequest(7, Buffer.alloc(32, 9)),
      packet(hex('04d2162e'), i32(7), Buffer.alloc(32, 9)),
    ],
  ];
  it.each(cases)('encodes %s', (_, encoded, expected) => {
    expect(encoded).toEqual(expected);
  });

  it('refuses a NUL inside a string, which would start another field', () => {
    expect(() => frontend.encodeStartup(new Map([['application_name', 'x\0user\0postgres']]))).toThrow(RangeError);
  });
});

describe('backend messages', () => {
  const error = new PgError({
    sqlstate: '42501',
    message: 'permission denied',
    detail: 'why',
    hint: 'what to do',
    position: 8,
    cause: new Error('secret'),
  });
  const cases: readonly [string, Buffer, Buffer][] = [
    [
      'ErrorResponse',
      backend.encodeErrorResponse(error),
      frame('E', ...['SERROR', 'VERROR', 'C42501', 'Mpermission denied', 'Dwhy', 'Hwhat to do', 'P8'].map(cstr), i8(0)),
    ],
    [
      'ErrorResponse with only what it must have',
      backend.encodeErrorResponse(new PgError({ severity: 'FATAL', sqlstate: '08P01', message: 'm' })),
      frame('E', ...['SFATAL', 'VFATAL', 'C08P01', 'Mm'].map(cstr), i8(0)),
    ],
    [
      'NoticeResponse',
      backend.encodeNotice({ severity: 'NOTICE', sqlstate: '00000', message: 'held', hint: 'open' }),
      frame('N', ...['SNOTICE', 'VNOTICE', 'C00000', 'Mheld', 'Hopen'].map(cstr), i8(0)),
    ],
    ['ReadyForQuery', backend.encodeReadyForQuery('T'), hex('5a 00000005 54')],
    ['ParameterStatus', backend.encodeParameterStatus('a', 'b'), hex('53 00000008 6100 6200')],
    ['BackendKeyData', backend.encodeBackendKeyData(1, hex('aabbccdd')), hex('4b 0000000c 00000001 aabbccdd')],
    ['CommandComplete', backend.encodeCommandComplete('SELECT 1'), frame('C', cstr('SELECT 1'))],
    ['EmptyQueryResponse', backend.encodeEmptyQueryResponse(), hex('49 00000004')],
    ['AuthenticationOk', backend.encodeAuthenticationOk(), hex('52 00000008 00000000')],
    ['AuthenticationCleartextPassword', backend.encodeAuthenticationCleartextPassword(), hex('52 00000008 00000003')],
    [
      'AuthenticationSASL',
      backend.encodeAuthenticationSasl(['A', 'B']),
      frame('R', i32(10), cstr('A'), cstr('B'), i8(0)),
    ],
    ['AuthenticationSASLContinue', backend.encodeAuthenticationSaslContinue('r=x'), frame('R', i32(11), text('r=x'))],
    ['AuthenticationSASLFinal', backend.encodeAuthenticationSaslFinal('v=x'), frame('R', i32(12), text('v=x'))],
    [
      'NegotiateProtocolVersion',
      backend.encodeNegotiateProtocolVersion(2, ['_pq_.x']),
      frame('v', hex('00030002'), i32(1), cstr('_pq_.x')),
    ],
  ];
  it.each(cases)('encodes %s', (_, encoded, expected) => {
    expect(encoded).toEqual(expected);
  });

  it('shows a NUL in a text instead of ending the field at it', () => {
    const encoded = backend.encodeErrorResponse(new PgError({ sqlstate: 'XX000', message: 'a\0Cfake' }));
    expect(encoded).toEqual(frame('E', ...['SERROR', 'VERROR', 'CXX000', 'Ma\u{FFFD}Cfake'].map(cstr), i8(0)));
  });
});
