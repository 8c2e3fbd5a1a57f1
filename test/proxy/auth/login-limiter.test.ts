import { describe, expect, it } from 'vitest';
import { createLoginLimiter } from '../../../proxy/auth/login-limiter.ts';

function limiter(overrides: { maxKeys?: number } = {}) {
  let nowMs = 1_000_000;
  const made = createLoginLimiter({
    nowMs: () => nowMs,
    windowMs: 60_000,
    maxFailures: 2,
    maxFailuresPerAddress: 4,
    maxKeys: 100,
    ...overrides,
  });
  const fail = (address: string, user: string, times: number): void => {
    for (let n = 0; n < times; n += 1) made.failed(address, user);
  };
  return { ...made, fail, pass: (ms: number) => (nowMs += ms) };
}

describe('the login limiter', () => {
  it('blocks a name from an address after so many failures, and no other', () => {
    const { fail, isBlocked } = limiter();
    fail('192.0.2.1', 'ann', 1);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(false);
    fail('192.0.2.1', 'ann', 1);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(true);
    expect(isBlocked('192.0.2.1', 'bob')).toBe(false);
    expect(isBlocked('192.0.2.2', 'ann')).toBe(false);
  });

  it('blocks an address that tries many names', () => {
    const { fail, isBlocked } = limiter();
    for (const user of ['a', 'b', 'c', 'd']) fail('192.0.2.1', user, 1);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(true);
  });

  it('forgets each failure when the window has passed over it', () => {
    const { fail, isBlocked, pass } = limiter();
    fail('192.0.2.1', 'ann', 1);
    pass(40_000);
    fail('192.0.2.1', 'ann', 1);
    pass(19_999);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(true);
    pass(1);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(false);
  });

  it('forgets the failures of who has got in', () => {
    const { fail, isBlocked, succeeded } = limiter();
    fail('192.0.2.1', 'ann', 1);
    succeeded('192.0.2.1', 'ann');
    fail('192.0.2.1', 'ann', 1);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(false);
  });

  it('takes the addresses of one IPv6 network for one', () => {
    const { fail, isBlocked } = limiter();
    fail('2001:db8::1', 'ann', 1);
    fail('2001:db8:0:0:ffff:1:2:3', 'ann', 1);
    expect(isBlocked('2001:0db8:0000::99', 'ann')).toBe(true);
    expect(isBlocked('2001:db8:0:1::1', 'ann')).toBe(false);
  });

  it('remembers no more than it is allowed to, the newest first', () => {
    const { fail, isBlocked } = limiter({ maxKeys: 2 });
    fail('192.0.2.1', 'ann', 2);
    fail('192.0.2.2', 'ann', 2);
    fail('192.0.2.3', 'ann', 2);
    expect(isBlocked('192.0.2.1', 'ann')).toBe(false);
    expect(isBlocked('192.0.2.3', 'ann')).toBe(true);
  });
});
