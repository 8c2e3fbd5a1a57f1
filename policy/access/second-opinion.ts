import { isTree } from './tree.ts';
import { SupervisedWorker } from './supervised-worker.ts';
import { workerUrl } from './worker-url.ts';

export type SecondReaderOptions = {
  readonly mode: 'refuse' | 'record' | 'off';
  /** How long an answer is waited for, ms from the moment that the text is handed over. */
  readonly deadlineMs: number;
  /** How long it may be busy with one text before it is replaced, ms. */
  readonly replaceAfterMs: number;
  /** UTF-16 code units; longer texts are not given to it: it goes exponential. */
  readonly maxChars: number;
};

export const DEFAULT_SECOND_READER: SecondReaderOptions = {
  mode: 'refuse',
  deadlineMs: 50,
  replaceAfterMs: 250,
  maxChars: 4096,
};

export type TablesSeen =
  | { readonly kind: 'tables'; readonly tables: readonly string[] }
  | { readonly kind: 'noOpinion' | 'timedOut' | 'skipped' };

type Log = { warn(details: object, message: string): void };

/** Two seconds of a machine that is busy; it takes about 0.2. */
const START_DEADLINE_MS = 2000;
const IDLE_MS = 60_000;

/**
 * The second reader in a thread of its own, so that it can hang without delaying the first: it is waited for until a
 * deadline and no longer. The thread is there while there are new statements: an idle one would hold 15 MiB.
 */
export class SecondOpinionReader {
  readonly #options: SecondReaderOptions;
  readonly #worker: SupervisedWorker | undefined;

  constructor(options: SecondReaderOptions, log: Log) {
    this.#options = options;
    if (options.mode === 'off') return;
    this.#worker = new SupervisedWorker({
      url: workerUrl('second-reader-worker'),
      name: 'stepward second reader',
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 3, stackSizeMb: 4 },
      startDeadlineMs: 30_000,
      idleMs: IDLE_MS,
      maxQueued: 64,
      greeting: () => undefined,
      onReplaced: (why, detail) => log.warn({ why, detail }, 'the second reader was replaced'),
    });
  }

  /** Never rejects. */
  async read(text: string): Promise<TablesSeen> {
    if (this.#worker === undefined || text.length > this.#options.maxChars) return { kind: 'skipped' };
    const deadlineMs = this.#options.deadlineMs + (this.#worker.isReady ? 0 : START_DEADLINE_MS);
    const answer = await within(deadlineMs, this.#worker.ask(text, this.#options.replaceAfterMs));
    if (answer === undefined || answer.kind === 'timedOut') return { kind: 'timedOut' };
    return answer.kind === 'answered' ? tablesOf(answer.value) : { kind: 'noOpinion' };
  }

  async close(): Promise<void> {
    await this.#worker?.close();
  }
}

function tablesOf(value: unknown): TablesSeen {
  const tables = isTree(value) ? value['tables'] : undefined;
  if (!Array.isArray(tables)) return { kind: 'noOpinion' };
  return { kind: 'tables', tables: tables.filter((name) => typeof name === 'string') };
}

/** @returns undefined when the deadline came first */
async function within<Value>(deadlineMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), deadlineMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
