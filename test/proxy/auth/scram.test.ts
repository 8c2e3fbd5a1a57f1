import { describe, expect, it } from 'vitest';
import { saslPrep } from '../../../proxy/auth/sasl-prep.ts';
import { isServerSignature, scramClientFinal, scramClientFirst } from '../../../proxy/auth/scram-client.ts';
import { finishScram, startScram } from '../../../proxy/auth/scram-server.ts';
import {
  formatScramVerifier,
  makeScramVerifier,
  mockScramVerifier,
  parseScramVerifier,
} from '../../../proxy/auth/scram-verifier.ts';
import { PgError } from '../../../proxy/wire/pg-error.ts';
import { scramFinal } from '../../support/scram.ts';

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const verifier = makeScramVerifier('pencil', { salt, iterations: 4096 });
const serverNonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const clientFirst = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';

describe("RFC 7677's example", () => {
  const offer = { verifier, serverNonce, channelBinding: undefined };
  const clientFinal =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';

  it('is what the server says and accepts', () => {
    const exchange = startScram('SCRAM-SHA-256', clientFirst, offer);
    expect(exchange.serverFirst).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    expect(finishScram(exchange, clientFinal)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  it.each([
    ['another proof', clientFinal.replace('p=dH', 'p=eH'), undefined],
    ['a proof for another nonce', clientFinal.replace('r=rO', 'r=rP'), '08P01'],
    ['another channel', clientFinal.replace('c=biws', 'c=eSws'), '28000'],
    ['a short proof', clientFinal.replace(/p=.*/, 'p=dHzb'), '08P01'],
    ['base64 with something in it', clientFinal.replace('p=dH', 'p=d=H'), '08P01'],
    ['no proof', clientFinal.replace(/,p=.*/, ''), '08P01'],
    ['something behind the proof', `${clientFinal},x=y`, '08P01'],
  ])('is refused with %s', (_, message, sqlstate) => {
    const exchange = startScram('SCRAM-SHA-256', clientFirst, offer);
    const outcome = (): unknown => {
      try {
        return finishScram(exchange, message);
      } catch (error) {
        return error instanceof PgError ? error.sqlstate : error;
      }
    };
    expect(outcome()).toBe(sqlstate);
  });

  it.each(['', 'n', 'n,,', 'n,,n=user', 'n,,r=abc,n=user', 'x,,n=,r=abc', 'n,,n=,r=', 'n,,n=,r=a b', 'n,,n=,r=\u{7f}'])(
    'has no room for the first message %j',
    (message) => {
      expect(() => startScram('SCRAM-SHA-256', message, offer)).toThrow(
        expect.objectContaining({ sqlstate: '08P01', severity: 'FATAL' }),
      );
    },
  );
});

describe('the client', () => {
  const nonce = 'fyko+d2lbbFgONRv9qkxdawL';

  it('says what an independent reading of the RFC says, and knows the server by its signature', async () => {
    expect(scramClientFirst(nonce)).toBe(`n,,n=,r=${nonce}`);
    const serverFirst = `r=${nonce}3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096`;
    const expected = scramFinal({ password: 'pencil' }, `n=,r=${nonce}`, serverFirst);
    const final = await scramClientFinal('pencil', nonce, serverFirst);
    if (!final) throw new Error('no answer');
    expect(final.message).toBe(expected.message);
    expect(isServerSignature(expected.serverFinal, final.serverSignature)).toBe(true);
    expect(isServerSignature(expected.serverFinal.replace('v=', 'v=AA'), final.serverSignature)).toBe(false);
    expect(isServerSignature('e=other-error', final.serverSignature)).toBe(false);
    expect(isServerSignature('v=', final.serverSignature)).toBe(false);
  });

  it.each([
    ['a nonce that is not ours continued', 'r=other,s=QSXCR+Q6sek8bf92,i=4096'],
    ['our nonce with nothing added', `r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`],
    ['no salt', `r=${nonce}x,i=4096`],
    ['no iterations', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=0`],
    ['iterations that would take minutes', `r=${nonce}x,s=QSXCR+Q6sek8bf92,i=999999999`],
    ['a mandatory extension', `m=x,r=${nonce}x,s=QSXCR+Q6sek8bf92,i=4096`],
  ])('does not answer a server with %s', async (_, serverFirst) => {
    expect(await scramClientFinal('pencil', nonce, serverFirst)).toBeUndefined();
  });
});

describe('a verifier', () => {
  const text =
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';

  it("has PostgreSQL's text form, both ways", () => {
    expect(formatScramVerifier(verifier)).toBe(text);
    expect(parseScramVerifier(text)).toEqual(verifier);
  });

  it.each([
    '',
    'pencil',
    'md5abcdef',
    text.replace('4096', '0'),
    text.replace('256', '512'),
    `${text}x`,
    text.slice(0, -8),
  ])('is not read from %j', (other) => {
    expect(parseScramVerifier(other)).toBeUndefined();
  });

  it('of nobody has the same salt at each try, another for another name and another server', () => {
    const secret = Buffer.from('secret');
    const mock = mockScramVerifier('nobody', secret, 4096);
    expect(mock).toEqual(mockScramVerifier('nobody', secret, 4096));
    expect(mock.salt).toHaveLength(16);
    expect(mock.salt).not.toEqual(mockScramVerifier('somebody', secret, 4096).salt);
    expect(mock.salt).not.toEqual(mockScramVerifier('nobody', Buffer.from('other'), 4096).salt);
  });
});

describe('saslPrep', () => {
  it.each([
    ['I\u{AD}X', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u{AA}', 'a'],
    ['\u{2168}', 'IX'],
    ['a\u{3000}b', 'a b'],
    ['e\u{301}', '\u{e9}'],
  ])('prepares %j (RFC 4013, section 3)', (password, prepared) => {
    expect(saslPrep(password)).toBe(prepared);
  });

  it.each(['\u{7}', 'a\u{E000}\u{AA}', '\u{AD}'])(
    'leaves %j as it is: prohibited, or nothing would be left',
    (password) => {
      expect(saslPrep(password)).toBe(password);
    },
  );
});
