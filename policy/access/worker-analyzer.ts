import type { Catalog } from '../catalog/catalog.ts';
import type { Reading } from './analyse-text.ts';
import { AnalysisCache } from './analysis-cache.ts';
import type { Analysis, AnalysisRefusal, Analyzer, Namespace } from './analyzer.ts';
import { type AnalysisLimits, checkText, DEFAULT_LIMITS, limitRefusal, WORKER_STACK_MIB } from './limits.ts';
import {
  DEFAULT_SECOND_READER,
  SecondOpinionReader,
  type SecondReaderOptions,
  type TablesSeen,
} from './second-opinion.ts';
import { readersDisagree, unseenTable } from './readers-agree.ts';
import { type Answer, type NoAnswer, SupervisedWorker } from './supervised-worker.ts';
import { isTree } from './tree.ts';
import { workerUrl } from './worker-url.ts';

/** As pino's. */
export type AnalyzerLog = { warn(details: object, message: string): void };

export type AnalyzerOptions = {
  readonly limits?: Partial<AnalysisLimits>;
  readonly secondReader?: Partial<SecondReaderOptions>;
  /** Taken at once, as by useCatalog. */
  readonly catalog?: Catalog;
  readonly nowMs?: () => number;
  readonly log?: AnalyzerLog;
};

/**
 * The analyzer whose parser lives in a worker thread. A text that hangs or breaks it costs that one text a refusal.
 * @returns once both threads run. Without a catalog, everything that is analysed is refused until useCatalog is done.
 */
export async function createAnalyzer(options: AnalyzerOptions): Promise<Analyzer> {
  const analyzer = new WorkerAnalyzer(options);
  await analyzer.untilReady();
  if (options.catalog !== undefined) await analyzer.useCatalog(options.catalog);
  return analyzer;
}

const SILENT: AnalyzerLog = { warn: () => undefined };
const CATALOG_DEADLINE_MS = 60_000;
/** A text that was too slow once is refused at once for a while, so that it cannot keep the thread from working. */
const KEEP_FAILURE_MS = 10_000;

/** WASM memory never shrinks: 1 MiB of VALUES leaves 200 MB behind. */
const BIG_TEXT_CHARS = 64 * 1024;
const RECYCLE_AFTER_MS = 5000;

class WorkerAnalyzer implements Analyzer {
  readonly #limits: AnalysisLimits;
  readonly #secondReaderMode: SecondReaderOptions['mode'];
  readonly #cache: AnalysisCache;
  readonly #inFlight = new Map<string, Promise<Analysis>>();
  readonly #worker: SupervisedWorker;
  readonly #second: SecondOpinionReader;
  #catalog: Catalog | undefined;
  #relationNames: ReadonlySet<string> = new Set();

  constructor(options: AnalyzerOptions) {
    const log = options.log ?? SILENT;
    const second = { ...DEFAULT_SECOND_READER, ...options.secondReader };
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#secondReaderMode = second.mode;
    const { maxCachedTexts, maxCachedChars } = this.#limits;
    const nowMs = options.nowMs ?? (() => Date.now());
    this.#cache = new AnalysisCache({ maxTexts: maxCachedTexts, maxChars: maxCachedChars }, nowMs);
    this.#second = new SecondOpinionReader(second, log);
    this.#worker = this.#startWorker(log);
  }

  get catalogVersion(): number {
    return this.#catalog?.version ?? 0;
  }

  async untilReady(): Promise<void> {
    await this.#worker.untilReady();
  }

  readonly peek = (text: string, namespace: Namespace): Analysis | undefined => this.#cache.get(namespace.key, text);

  readonly analyze = (text: string, namespace: Namespace): Promise<Analysis> => {
    const cached = this.#cache.get(namespace.key, text);
    if (cached !== undefined) return Promise.resolve(cached);
    const refusal = checkText(text, this.#limits);
    if (refusal !== undefined) return Promise.resolve({ kind: 'refused', refusal });
    return this.#sharedAnalysis(text, namespace);
  };

  readonly useCatalog = async (catalog: Catalog): Promise<void> => {
    this.#catalog = catalog;
    this.#relationNames = new Set(catalog.relations.map((relation) => relation.name.toLowerCase()));
    this.#cache.clear();
    this.#inFlight.clear();
    const answer = await this.#worker.ask({ kind: 'catalog', catalog }, CATALOG_DEADLINE_MS);
    if (answer.kind !== 'answered') throw new Error(`the parser's worker did not take the catalog: ${answer.kind}`);
  };

  readonly close = async (): Promise<void> => {
    await Promise.all([this.#worker.close(), this.#second.close()]);
  };

  #startWorker(log: AnalyzerLog): SupervisedWorker {
    return new SupervisedWorker({
      url: workerUrl('worker'),
      name: 'stepward parser',
      workerData: { maxNesting: this.#limits.maxNesting },
      resourceLimits: { stackSizeMb: WORKER_STACK_MIB, maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 3 },
      startDeadlineMs: CATALOG_DEADLINE_MS,
      maxQueued: this.#limits.maxQueued,
      greeting: () => (this.#catalog === undefined ? undefined : { kind: 'catalog', catalog: this.#catalog }),
      onReplaced: (why, detail) => {
        if (why !== 'recycled') log.warn({ why, detail }, "the parser's worker was replaced");
      },
    });
  }

  /** Simultaneous requests for the same text are one. */
  #sharedAnalysis(text: string, namespace: Namespace): Promise<Analysis> {
    const key = JSON.stringify([namespace.key, text]);
    const running = this.#inFlight.get(key);
    if (running !== undefined) return running;
    const started = this.#analyse(text, namespace).finally(() => {
      if (this.#inFlight.get(key) === started) this.#inFlight.delete(key);
    });
    this.#inFlight.set(key, started);
    return started;
  }

  async #analyse(text: string, namespace: Namespace): Promise<Analysis> {
    const catalog = this.#catalog;
    if (catalog === undefined) return refused(noCatalog());
    const request = { kind: 'analyse', text, namespace };
    const [answer, seen] = await Promise.all([
      this.#worker.ask(request, this.#limits.timeoutMs),
      this.#second.read(text),
    ]);
    if (text.length >= BIG_TEXT_CHARS) this.#worker.recycleWhenIdle(RECYCLE_AFTER_MS);
    const reading = readingOf(answer);
    const analysis = reading === undefined ? refused(failure(answer.kind)) : this.#judge(reading, seen);
    // An answer from before the last useCatalog is no answer to later questions.
    if (catalog === this.#catalog && answer.kind !== 'overloaded' && answer.kind !== 'closed') {
      this.#cache.set(namespace.key, text, analysis, reading === undefined ? KEEP_FAILURE_MS : undefined);
    }
    return analysis;
  }

  #judge(reading: Reading, seen: TablesSeen): Analysis {
    if (reading.kind === 'refused') return reading;
    if (seen.kind !== 'tables') return { kind: 'facts', facts: reading.facts, secondReader: seen.kind };
    const isRelation = (name: string): boolean => this.#relationNames.has(name);
    const unseen = unseenTable(seen.tables, reading.facts, { otherNames: reading.otherNames, isRelation });
    if (unseen === undefined) return { kind: 'facts', facts: reading.facts, secondReader: 'agrees' };
    if (this.#secondReaderMode === 'refuse') return refused(readersDisagree());
    return { kind: 'facts', facts: reading.facts, secondReader: 'disagrees' };
  }
}

function refused(refusal: AnalysisRefusal): Analysis {
  return { kind: 'refused', refusal };
}

/** What our own worker posts (worker-protocol.ts); anything else is no reading. */
function readingOf(answer: Answer): Reading | undefined {
  if (answer.kind !== 'answered' || !isTree(answer.value)) return undefined;
  const { reading } = answer.value;
  return isReading(reading) ? reading : undefined;
}

function isReading(value: unknown): value is Reading {
  return isTree(value) && (value['kind'] === 'facts' || value['kind'] === 'refused');
}

function failure(why: NoAnswer | 'answered'): AnalysisRefusal {
  switch (why) {
    case 'timedOut':
      return limitRefusal('analysis of the statement took too long', 'make the statement smaller or simpler');
    case 'overloaded':
      return limitRefusal('too many statements wait for analysis', 'try again in a moment');
    case 'crashed':
    case 'closed':
    case 'answered':
      return { cause: 'internal', sqlstate: 'XX000', message: 'the statement could not be analysed' };
  }
}

function noCatalog(): AnalysisRefusal {
  return {
    cause: 'internal',
    sqlstate: '57P03',
    message: 'the catalog of the database has not been read yet',
    hint: 'try again in a moment',
  };
}
