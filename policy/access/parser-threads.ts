import type { Answer, SupervisedWorker } from './supervised-worker.ts';

export type ParserThreadsOptions = {
  readonly first: SupervisedWorker;
  /** Costs memory only while it is asked: its options have `idleMs`. */
  readonly second: SupervisedWorker;
  /** How long a job waits for the first thread before the second is asked, ms. */
  readonly patienceMs: number;
  readonly maxWaiting: number;
};

/** What one text needs of a thread; the thread is asked nothing else meanwhile. */
type Job<Value> = (thread: SupervisedWorker) => Promise<Value>;
type Waiting = {
  /** @returns what tells the one who waits, for when the thread is free again */
  readonly job: Job<() => void>;
  readonly timer: NodeJS.Timeout;
  isLate: boolean;
};

/**
 * The threads that read texts. One does it all, until a text keeps it so long that somebody else's waits: then a second one
 * helps out, so that a slow text delays its own person only.
 */
export class ParserThreads {
  readonly #options: ParserThreadsOptions;
  readonly #busy = new Set<SupervisedWorker>();
  readonly #waiting: Waiting[] = [];

  constructor(options: ParserThreadsOptions) {
    this.#options = options;
  }

  untilReady(): Promise<void> {
    return this.#options.first.untilReady();
  }

  /**
   * Never rejects, as long as the job does not.
   * @param overloaded the answer when too many wait already
   */
  run<Value>(job: Job<Value>, overloaded: Value): Promise<Value> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.resolve(overloaded);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        job: async (thread) => {
          const value = await job(thread);
          return () => resolve(value);
        },
        isLate: false,
        timer: setTimeout(() => {
          waiting.isLate = true;
          this.#next();
        }, this.#options.patienceMs),
      };
      this.#waiting.push(waiting);
      this.#next();
    });
  }

  /**
   * Tells every thread that runs, before any job that comes after. One that starts later is told by its greeting.
   * @returns the first thread's answer
   */
  tell(message: unknown, deadlineMs: number): Promise<Answer> {
    const { first, second } = this.#options;
    if (second.isRunning) void second.ask(message, deadlineMs);
    return first.ask(message, deadlineMs);
  }

  recycleWhenIdle(afterMs: number): void {
    this.#options.first.recycleWhenIdle(afterMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.#options.first.close(), this.#options.second.close()]);
  }

  #next(): void {
    const waiting = this.#waiting[0];
    const thread = waiting === undefined ? undefined : this.#threadFor(waiting);
    if (waiting === undefined || thread === undefined) return;
    this.#waiting.shift();
    clearTimeout(waiting.timer);
    this.#busy.add(thread);
    void this.#perform(waiting, thread);
    this.#next();
  }

  async #perform({ job }: Waiting, thread: SupervisedWorker): Promise<void> {
    const tell = await job(thread);
    this.#busy.delete(thread);
    tell();
    this.#next();
  }

  /** While the first is being replaced, one that runs is better than one that starts. */
  #threadFor({ isLate }: Waiting): SupervisedWorker | undefined {
    const { first, second } = this.#options;
    const isFirstFree = !this.#busy.has(first);
    const isSecondFree = !this.#busy.has(second);
    if (isFirstFree && (first.isReady || !isSecondFree || !second.isReady)) return first;
    return isSecondFree && (isLate || (isFirstFree && second.isReady)) ? second : undefined;
  }
}
