import type { Timers } from '../../../proxy/stepup/timers.ts';

/** A clock that moves only when the test says so; what is due runs in order, at its own time. */
export class ManualTimers implements Timers {
  #nowMs: number;
  #due: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  readonly nowMs = (): number => this.#nowMs;

  after(ms: number, run: () => void): () => void {
    const entry = { atMs: this.#nowMs + ms, run };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  /** Moves on, running what falls due. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (;;) {
      const next = this.#due.filter(({ atMs }) => atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = until;
  }

  /** Moves the clock without running timers: an event loop that is late. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  get pending(): number {
    return this.#due.length;
  }
}
