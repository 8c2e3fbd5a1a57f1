import { describe, expect, it } from 'vitest';
import { newTotpSecret, parseTotpSecret, verifyTotp } from '../../../proxy/stepup/authenticators/totp.ts';
import { codeAt, noonMs, rfcSecret, wrongCode } from './world.ts';

const six = { secret: rfcSecret, digits: 6, period: 30 } as const;
const step = noonMs / 30_000;

describe('verifyTotp', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])("takes RFC 6238's vector at %i s", (seconds, code) => {
    const result = verifyTotp({ ...six, digits: 8 }, code, seconds * 1000, -1);
    expect(result).toEqual({ kind: 'ok', step: Math.floor(seconds / 30) });
  });

  it.each([-1, 0, 1])('takes the code of the step %i from now', (drift) => {
    for (const within of [0, 1, 15_000, 29_999]) {
      const code = codeAt(noonMs + drift * 30_000);
      expect(verifyTotp(six, code, noonMs + within, -1)).toEqual({ kind: 'ok', step: step + drift });
    }
  });

  it.each([-2, 2])('refuses the code of the step %i from now', (drift) => {
    expect(verifyTotp(six, codeAt(noonMs + drift * 30_000), noonMs, -1).kind).toBe('wrong');
  });

  it('refuses the code of a step that was used, and of every step before it', () => {
    expect(verifyTotp(six, codeAt(noonMs), noonMs, step).kind).toBe('replayed');
    expect(verifyTotp(six, codeAt(noonMs - 30_000), noonMs, step).kind).toBe('replayed');
    expect(verifyTotp(six, codeAt(noonMs + 30_000), noonMs, step)).toEqual({ kind: 'ok', step: step + 1 });
  });

  it('refuses a wrong code', () => {
    expect(verifyTotp(six, wrongCode(noonMs), noonMs, -1).kind).toBe('wrong');
  });

  it('ignores spaces and takes full-width digits', () => {
    const code = codeAt(noonMs);
    expect(verifyTotp(six, ` ${code.slice(0, 3)} ${code.slice(3)} `, noonMs, -1).kind).toBe('ok');
    const wide = code.replaceAll(/\d/g, (digit) => String.fromCodePoint(digit.charCodeAt(0) + 0xfee0));
    expect(verifyTotp(six, wide, noonMs, -1).kind).toBe('ok');
  });

  it.each(['', '12345', '1234567', '12345a', '-12345', '1e5000', '12345.', '٣٣٣٣٣٣', '123456\u0000'])(
    'calls %j malformed',
    (typed) => {
      expect(verifyTotp(six, typed, noonMs, -1)).toEqual({ kind: 'malformed', digits: 6 });
    },
  );
});

describe('parseTotpSecret', () => {
  it('brings what apps print into the normal form', () => {
    expect(parseTotpSecret('gezd gnbv gy3t qojq-gezd gnbv gy3t qojq====')).toEqual({ secret: rfcSecret });
  });

  it.each(['', 'GEZDGNBVGY3TQOJ0', 'GEZDGNBVGY3TQOJQ', 'x'.repeat(200), `${rfcSecret}A`])('refuses %j', (text) => {
    expect(parseTotpSecret(text)).toHaveProperty('problem');
  });

  it('makes secrets of 160 bits that it takes itself', () => {
    const secret = newTotpSecret(() => Buffer.from('12345678901234567890'));
    expect(secret).toBe(rfcSecret);
    expect(parseTotpSecret(secret)).toEqual({ secret });
  });
});
