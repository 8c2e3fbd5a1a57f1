import { Worker, type ResourceLimits } from 'node:worker_threads';
import { isTree } from './tree.ts';

/** Why a request got no answer: the thread was too slow, ran out of memory, broke, was never up to it, or too many wait. */
export type NoAnswer = Broken | 'overloaded' | 'closed';
export type Replaced = Broken | 'recycled';
type Broken = 'timedOut' | 'outOfMemory' | 'crashed';
export type Answer = { readonly kind: 'answered'; readonly value: unknown } | { readonly kind: NoAnswer };

export type SupervisedWorkerOptions = {
  readonly url: URL;
  readonly name: string;
  readonly workerData?: unknown;
  readonly resourceLimits: ResourceLimits;
  /** How long a thread may take to start and to take its first message. */
  readonly startDeadlineMs: number;
  readonly maxQueued: number;
  /**
   * How long a thread may be idle before it is ended, ms; the first one then starts with the first request, and the next one
   * with the next. Left out: the first starts at once, and threads stay.
   */
  readonly idleMs?: number;
  /** What every new thread is told before it is asked anything; undefined: nothing. */
  readonly greeting: () => unknown;
  readonly onReplaced: (why: Replaced, detail: string) => void;
};

type Request = { readonly message: unknown; readonly deadlineMs: number; readonly resolve: (answer: Answer) => void };

/**
 * One worker thread that is asked one thing at a time, and replaced when it hangs or breaks: the request that did it is
 * answered so, the ones behind it go to the new thread. One at a time, so that it is always known which one did it.
 * The thread posts 'ready' once it can be asked, then one answer for each message, in order; `{ broken: text }` says that it
 * is not to be trusted any more.
 */
export class SupervisedWorker {
  readonly #options: SupervisedWorkerOptions;
  readonly #queue: Request[] = [];
  #active: Request | undefined;
  #worker: Worker | undefined;
  #isReady = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #recycling: NodeJS.Timeout | undefined;
  #idling: NodeJS.Timeout | undefined;
  readonly #firstStart = Promise.withResolvers<void>();

  constructor(options: SupervisedWorkerOptions) {
    this.#options = options;
    // Whoever does not wait for the first start hears of its failure from the first request.
    this.#firstStart.promise.catch(() => undefined);
    if (options.idleMs === undefined) this.#start();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** There is a thread, though it may not be ready yet. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Resolves when the first thread can be asked; rejects when it cannot start. */
  untilReady(): Promise<void> {
    return this.#firstStart.promise;
  }

  /** @param deadlineMs from the moment that the thread gets the message */
  ask(message: unknown, deadlineMs: number): Promise<Answer> {
    if (this.#isClosed) return Promise.resolve({ kind: 'closed' });
    if (this.#queue.length >= this.#options.maxQueued) return Promise.resolve({ kind: 'overloaded' });
    return new Promise((resolve) => {
      this.#queue.push({ message, deadlineMs, resolve });
      this.#next();
    });
  }

  /** Once it has been idle for a while, the thread makes way for a new one: memory that it took for a big task is given back. */
  recycleWhenIdle(afterMs: number): void {
    clearTimeout(this.#recycling);
    this.#recycling = setTimeout(() => this.#recycle(afterMs), afterMs);
    this.#recycling.unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#recycling);
    clearTimeout(this.#idling);
    this.#settle({ kind: 'closed' });
    for (const request of this.#queue.splice(0)) request.resolve({ kind: 'closed' });
    await this.#worker?.terminate();
  }

  #recycle(afterMs: number): void {
    if (this.#isClosed || !this.#isReady) return;
    if (this.#active !== undefined || this.#queue.length > 0) {
      this.recycleWhenIdle(afterMs);
      return;
    }
    const old = this.#worker;
    this.#start();
    void old?.terminate();
    this.#options.onReplaced('recycled', 'idle after a big task');
  }

  #start(): void {
    const { url, name, workerData, resourceLimits, startDeadlineMs } = this.#options;
    const worker = new Worker(url, { name, workerData, resourceLimits });
    this.#worker = worker;
    this.#isReady = false;
    worker.on('message', (message: unknown) => this.#onMessage(worker, message));
    worker.on('error', (error) =>
      this.#onBroken(worker, isOutOfMemory(error) ? 'outOfMemory' : 'crashed', String(error)),
    );
    worker.on('exit', (code) => this.#onBroken(worker, 'crashed', `exit code ${code}`));
    this.#watch(worker, startDeadlineMs, 'did not start');
  }

  #onMessage(worker: Worker, message: unknown): void {
    if (worker !== this.#worker || this.#isClosed) return;
    clearTimeout(this.#timer);
    if (!this.#isReady && message === 'ready') this.#becomeReady(worker);
    else if (isTree(message) && typeof message['broken'] === 'string')
      this.#onBroken(worker, 'crashed', message['broken']);
    else this.#settle({ kind: 'answered', value: message });
    this.#next();
  }

  #becomeReady(worker: Worker): void {
    this.#isReady = true;
    this.#firstStart.resolve();
    // An idle thread must not keep a process alive that has nothing else to do.
    worker.unref();
    const greeting = this.#options.greeting();
    if (greeting === undefined) return;
    this.#active = { message: greeting, deadlineMs: this.#options.startDeadlineMs, resolve: () => undefined };
    this.#send(worker, this.#active);
  }

  #onBroken(worker: Worker, why: Broken, detail: string): void {
    if (worker !== this.#worker || this.#isClosed) return;
    clearTimeout(this.#timer);
    const wasReady = this.#isReady;
    this.#worker = undefined;
    void worker.terminate();
    this.#options.onReplaced(why, detail);
    if (!wasReady) this.#giveUp(detail);
    this.#settle({ kind: why });
    if (wasReady || this.#queue.length > 0) this.#start();
  }

  /** A thread that never started will not for the first one waiting either; the next request tries again. */
  #giveUp(detail: string): void {
    this.#firstStart.reject(new Error(`worker ${this.#options.name} could not be started: ${detail}`));
    this.#queue.shift()?.resolve({ kind: 'crashed' });
  }

  #next(): void {
    if (this.#active !== undefined || this.#queue.length === 0 || this.#isClosed) return;
    if (this.#worker === undefined) this.#start();
    if (!this.#isReady || this.#worker === undefined) return;
    this.#active = this.#queue.shift();
    if (this.#active !== undefined) this.#send(this.#worker, this.#active);
  }

  #send(worker: Worker, request: Request): void {
    worker.ref();
    worker.postMessage(request.message);
    this.#watch(worker, request.deadlineMs, 'no answer in time');
  }

  #watch(worker: Worker, deadlineMs: number, detail: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onBroken(worker, 'timedOut', detail), deadlineMs);
    this.#timer.unref();
  }

  #settle(answer: Answer): void {
    const request = this.#active;
    this.#active = undefined;
    this.#worker?.unref();
    request?.resolve(answer);
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    const { idleMs } = this.#options;
    clearTimeout(this.#idling);
    if (idleMs === undefined || this.#isClosed) return;
    this.#idling = setTimeout(() => this.#end(), idleMs);
    this.#idling.unref();
  }

  #end(): void {
    if (this.#active !== undefined || this.#queue.length > 0) return;
    const idle = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    void idle?.terminate();
  }
}

/** Beyond its resourceLimits; see Node's manual, "Worker threads". */
function isOutOfMemory(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
