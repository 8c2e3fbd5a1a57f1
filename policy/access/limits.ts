import type { AnalysisRefusal } from './analyzer.ts';
import { estimateNesting } from './nesting.ts';

/** What one statement text may cost. */
export type AnalysisLimits = {
  /** UTF-8 bytes of one message's text. */
  readonly maxStatementBytes: number;
  /** Levels of brackets, CASE, operators in a row, joins in a row (see estimateNesting). */
  readonly maxNesting: number;
  /** From the request to the answer of the parser's worker, ms; after it the worker is replaced. */
  readonly timeoutMs: number;
  /** Analyses that may wait for the worker at the same time; more are refused. */
  readonly maxQueued: number;
  /** Results kept for texts seen before. */
  readonly maxCachedTexts: number;
  /** UTF-16 code units of all cached texts together. */
  readonly maxCachedChars: number;
};

/**
 * Measured with libpg-query 18.1 in a worker with a stack of 16 MiB: sub-selects overflow it above 3,000 levels, bison's
 * own stack is exhausted from about 2,500 (FROM) to 5,000; 8,000 operators in a row take a second. 1,000 leaves a margin of 2.5.
 */
export const DEFAULT_LIMITS: AnalysisLimits = {
  maxStatementBytes: 1024 * 1024,
  maxNesting: 1000,
  timeoutMs: 2000,
  maxQueued: 1000,
  maxCachedTexts: 10_000,
  maxCachedChars: 16 * 1024 * 1024,
};

/**
 * JSON characters of what one message touches: some 6,000 columns. More cannot be decided and recorded without making
 * everybody wait.
 */
export const MAX_FACTS_CHARS = 1024 * 1024;

/** Accesses and statements of one message: as much cannot have fewer than MAX_FACTS_CHARS. */
export const MAX_ACCESSES = 10_000;

export function touchesTooMuch(): AnalysisRefusal {
  return limitRefusal(
    'the statements of one message touch too much to be judged at once',
    'send fewer statements in one message, or name fewer columns',
  );
}

/** Stack of the parser's worker; see DEFAULT_LIMITS for what it survives. */
export const WORKER_STACK_MIB = 16;

/** Cheap checks, for the caller's thread: size, and text that PostgreSQL and the parser would read differently. */
export function checkText(text: string, limits: AnalysisLimits): AnalysisRefusal | undefined {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > limits.maxStatementBytes) {
    return limitRefusal(
      `statement of ${bytes} bytes exceeds the limit of ${limits.maxStatementBytes} bytes`,
      'split it, or send the data with COPY or as parameters',
    );
  }
  // PostgreSQL's text ends at a NUL; the parser's may not.
  if (text.includes('\0')) return encodingRefusal('invalid byte sequence for encoding "UTF8": 0x00');
  // A lone surrogate cannot be the bytes that were sent: what is judged would not be what is forwarded (INVARIANT 1).
  if (!text.isWellFormed()) return encodingRefusal('invalid byte sequence for encoding "UTF8"');
  return undefined;
}

/** The linear scan that keeps the parser from hanging or overflowing; for the worker. */
export function checkNesting(text: string, limits: Pick<AnalysisLimits, 'maxNesting'>): AnalysisRefusal | undefined {
  const levels = estimateNesting(text);
  if (levels <= limits.maxNesting) return undefined;
  if (levels === Number.POSITIVE_INFINITY) {
    return limitRefusal('the comments of the statement take too long to read', 'send it with fewer comments');
  }
  return limitRefusal(
    `statement is nested too deeply: more than ${limits.maxNesting} levels`,
    'use IN lists, VALUES or fewer operators in a row',
  );
}

export function limitRefusal(message: string, hint: string): AnalysisRefusal {
  return { cause: 'limit', sqlstate: '54000', message, hint };
}

function encodingRefusal(message: string): AnalysisRefusal {
  return { cause: 'unsound', sqlstate: '22021', message };
}
