/** Waiting, injected so that tests need no sleeps. INVARIANT 9. */
export type Timers = {
  /** Calls `run` once after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
};

/** The longest delay that setTimeout takes; above it, it fires at once. */
const maxDelayMs = 2 ** 31 - 1;

/** Real timers; a waiting challenge keeps no process alive. */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), maxDelayMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
