import { expect, it } from 'vitest';
import { CancelKeys } from '../../../proxy/session/cancel-keys.ts';

const sequence = (...chunks: readonly string[]): ((count: number) => Buffer) => {
  const left = [...chunks];
  return (count) => Buffer.from(left.shift() ?? '', 'hex').subarray(0, count);
};

it('gives positive pids that no live session has, and a secret as long as the protocol allows', () => {
  const long = '11'.repeat(32);
  const keys = new CancelKeys({
    randomBytes: sequence('80000005', 'aabbccdd', '00000000', '00000005', '00000006', long),
  });
  expect(keys.issue(0, () => {})).toEqual({ pid: 5, secret: Buffer.from('aabbccdd', 'hex') });
  expect(keys.issue(2, () => {})).toEqual({ pid: 6, secret: Buffer.from(long, 'hex') });
});

it('cancels with the right key only, and not after the session', () => {
  let count = 0;
  const keys = new CancelKeys({ randomBytes: sequence('00000005', 'aabbccdd') });
  const { pid, secret } = keys.issue(0, () => {
    count += 1;
  });
  expect(keys.cancel(pid, Buffer.from('aabbccde', 'hex'))).toBe(false);
  expect(keys.cancel(pid, secret.subarray(0, 3))).toBe(false);
  expect(keys.cancel(pid, Buffer.alloc(0))).toBe(false);
  expect(keys.cancel(pid + 1, secret)).toBe(false);
  expect(count).toBe(0);
  expect(keys.cancel(pid, Buffer.from(secret))).toBe(true);
  keys.release(pid);
  expect(keys.cancel(pid, secret)).toBe(false);
  expect(count).toBe(1);
});
