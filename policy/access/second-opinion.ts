import type { SupervisedWorker } from './supervised-worker.ts';
import { isTree } from './tree.ts';
import type { WorkerRequest } from './worker-protocol.ts';

export type SecondReaderOptions = {
  readonly mode: 'refuse' | 'record' | 'off';
  /** How long an answer is waited for, ms from the moment that the text is handed over. */
  readonly deadlineMs: number;
  /** How long it may be busy with one text before its thread is replaced, ms. */
  readonly replaceAfterMs: number;
  /** UTF-16 code units; longer texts are not given to it. */
  readonly maxChars: number;
  /** Levels as estimateNesting counts them; deeper texts are not given to it: it takes seconds for some. */
  readonly maxNesting: number;
};

export const DEFAULT_SECOND_READER: SecondReaderOptions = {
  mode: 'refuse',
  deadlineMs: 50,
  replaceAfterMs: 1000,
  maxChars: 4096,
  maxNesting: 30,
};

export type TablesSeen =
  | { readonly kind: 'tables'; readonly tables: readonly string[] }
  | { readonly kind: 'noOpinion' | 'timedOut' | 'skipped' };

/**
 * Asks the second reader, in the parser's thread and after it: a thread of its own would cost 12 MiB more than its code. It
 * is waited for until a deadline and no longer. Never rejects.
 */
export async function secondOpinion(
  text: string,
  thread: SupervisedWorker,
  options: SecondReaderOptions,
): Promise<TablesSeen> {
  const { mode, deadlineMs, replaceAfterMs, maxChars, maxNesting } = options;
  if (mode === 'off' || text.length > maxChars) return { kind: 'skipped' };
  const request: WorkerRequest = { kind: 'secondReading', text, maxNesting };
  const answer = await within(deadlineMs, thread.ask(request, replaceAfterMs));
  if (answer === undefined || answer.kind === 'timedOut') return { kind: 'timedOut' };
  return answer.kind === 'answered' ? tablesOf(answer.value) : { kind: 'noOpinion' };
}

function tablesOf(value: unknown): TablesSeen {
  if (!isTree(value)) return { kind: 'noOpinion' };
  if (value['kind'] === 'secondReadingSkipped') return { kind: 'skipped' };
  const tables = value['tables'];
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
