/**
 * Counts failed requests of each client address in fixed windows. In memory and bounded: it slows guessing of links and
 * codes; what protects a person is the persisted limit of the step-up.
 */
export type AddressLimiter = {
  /** Seconds until the address may try again; undefined when now. */
  blockedSeconds(address: string): number | undefined;
  failed(address: string): void;
};

type Window = { readonly startMs: number; failures: number };

const maxAddresses = 10_000;

export function createAddressLimiter(deps: {
  readonly nowMs: () => number;
  readonly maxFailures: number;
  readonly windowMs: number;
}): AddressLimiter {
  const windows = new Map<string, Window>();
  const current = (key: string): Window | undefined => {
    const found = windows.get(key);
    if (found === undefined || deps.nowMs() - found.startMs < deps.windowMs) return found;
    windows.delete(key);
    return undefined;
  };
  return {
    blockedSeconds: (address) => {
      const window = current(networkOf(address));
      if (window === undefined || window.failures < deps.maxFailures) return undefined;
      return Math.max(1, Math.ceil((window.startMs + deps.windowMs - deps.nowMs()) / 1000));
    },
    failed: (address) => {
      const key = networkOf(address);
      const window = current(key);
      if (window !== undefined) window.failures += 1;
      else add(windows, key, { startMs: deps.nowMs(), failures: 1 });
    },
  };
}

/** The oldest entry goes when it is full: insertion order is the order of the windows' starts. */
function add(windows: Map<string, Window>, key: string, window: Window): void {
  const oldest = windows.size >= maxAddresses ? windows.keys().next() : undefined;
  if (oldest !== undefined && oldest.done !== true) windows.delete(oldest.value);
  windows.set(key, window);
}

/** One host usually owns a whole IPv6 /64, so that is what is counted. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return groups.slice(0, 4).join(':');
}
