import { expect, it } from 'vitest';
import { CancelKeys } from '../../../proxy/session/cancel-keys.ts';

const sequence = (...chunks: readonly string[]): ((count: number) => Buffer) => {
  const left = [...chunks];
  return (count) => Buffer.from(left.shift() ?? '', 'hex').subarray(0, count);
};

it("gives upstream's pid, and a secret of its own as long as the protocol allows", () => {
  const long = '11'.repeat(32);
  const keys = new CancelKeys({ randomBytes: sequence('aabbccdd', long) });
  expect(keys.issue(0, 41, async () => {})).toEqual({ pid: 41, secret: Buffer.from('aabbccdd', 'hex') });
  expect(keys.issue(2, 42, async () => {})).toEqual({ pid: 42, secret: Buffer.from(long, 'hex') });
});

it('gives a positive pid that no live session has where upstream has given one twice', () => {
  const keys = new CancelKeys({
    randomBytes: sequence('aabbccdd', '80000007', '11223344', '00000000', '00000007', '00000008', '55667788'),
  });
  const pids = [5, 5, 5].map((pid) => keys.issue(0, pid, async () => {}).pid);
  expect(pids).toEqual([5, 7, 8]);
});

it('cancels with the right key only, and not after the session', async () => {
  let count = 0;
  const keys = new CancelKeys({ randomBytes: sequence('aabbccdd') });
  const { pid, secret } = keys.issue(0, 5, async () => {
    count += 1;
  });
  for (const wrong of [Buffer.from('aabbccde', 'hex'), secret.subarray(0, 3), Buffer.alloc(0)]) {
    expect(keys.cancel(pid, wrong)).toBeUndefined();
  }
  expect(keys.cancel(pid + 1, secret)).toBeUndefined();
  expect(count).toBe(0);
  await keys.cancel(pid, Buffer.from(secret));
  expect(count).toBe(1);
  keys.release(pid);
  expect(keys.cancel(pid, secret)).toBeUndefined();
  expect(count).toBe(1);
});
