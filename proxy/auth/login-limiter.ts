import { isIPv6 } from 'node:net';

/** Stops password guessing. Both calls are synchronous: asked and told in one turn, parallel tries cannot slip through. */
export type LoginLimiter = {
  /** True when too many tries have failed: a right password is then refused like a wrong one. */
  readonly isBlocked: (address: string, user: string) => boolean;
  readonly failed: (address: string, user: string) => void;
  readonly succeeded: (address: string, user: string) => void;
};

export type LoginLimiterOptions = {
  readonly nowMs: () => number;
  readonly windowMs: number;
  /** Failures of one user name from one address within the window. */
  readonly maxFailures: number;
  /** Failures of all user names from one address within the window. */
  readonly maxFailuresPerAddress: number;
  /** Bound on what is remembered; the oldest is forgotten first. */
  readonly maxKeys: number;
};

/** Sliding windows of failures, in memory. An IPv6 address counts as its /64: a person has all of it. */
export function createLoginLimiter(options: LoginLimiterOptions): LoginLimiter {
  const byUser = createWindow(options, options.maxFailures);
  const byAddress = createWindow(options, options.maxFailuresPerAddress);
  return {
    isBlocked: (address, user) => byUser.isFull(userKey(address, user)) || byAddress.isFull(network(address)),
    failed(address, user) {
      byUser.add(userKey(address, user));
      byAddress.add(network(address));
    },
    succeeded(address, user) {
      byUser.clear(userKey(address, user));
    },
  };
}

type FailureWindow = { isFull(key: string): boolean; add(key: string): void; clear(key: string): void };

/** Keeps the times of the last `max` failures for each key: enough to tell whether all are within the window. */
function createWindow({ nowMs, windowMs, maxKeys }: LoginLimiterOptions, max: number): FailureWindow {
  const failures = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] =>
    (failures.get(key) ?? []).filter((atMs) => atMs > nowMs() - windowMs);
  return {
    isFull: (key) => recent(key).length >= max,
    add(key) {
      const times = [...recent(key), nowMs()].slice(-max);
      failures.delete(key);
      failures.set(key, times);
      const [oldest] = failures.keys();
      if (failures.size > maxKeys && oldest !== undefined) failures.delete(oldest);
    },
    clear(key) {
      failures.delete(key);
    },
  };
}

function userKey(address: string, user: string): string {
  return `${network(address)} ${user.slice(0, 128)}`;
}

/** The first four groups of an IPv6 address, written out; any other address as it is. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const headGroups = head === '' ? [] : head.split(':');
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(8 - headGroups.length - tailGroups.length, 0) }, () => '0');
  const groups = tail === undefined ? headGroups : [...headGroups, ...zeros, ...tailGroups];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
