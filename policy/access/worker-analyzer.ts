import type { Catalog } from '../catalog/catalog.ts';
import { type PackedCatalog, relationNames } from '../catalog/packed-catalog.ts';
import type { Reading } from './analyse-text.ts';
import { AnalysisCache } from './analysis-cache.ts';
import type { Analysis, AnalysisRefusal, Analyzer, Namespace, OwnCatalogs } from './analyzer.ts';
import { type AnalysisLimits, checkText, DEFAULT_LIMITS, limitRefusal, WORKER_STACK_MIB } from './limits.ts';
import { DEFAULT_SECOND_READER, secondOpinion, type SecondReaderOptions, type TablesSeen } from './second-opinion.ts';
import { readersDisagree, unseenTable } from './readers-agree.ts';
import { type Answer, type NoAnswer, SupervisedWorker } from './supervised-worker.ts';
import { ParserThreads } from './parser-threads.ts';
import { type FactsPack, unpackFacts } from './packed-facts.ts';
import { isTree } from './tree.ts';
import { SHARED_CATALOG, type WorkerData, type WorkerRequest } from './worker-protocol.ts';
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
 * @returns once its thread runs. Without a catalog, everything that is analysed is refused until useCatalog is done.
 */
export async function createAnalyzer(options: AnalyzerOptions): Promise<Analyzer & OwnCatalogs> {
  const analyzer = new WorkerAnalyzer(options);
  await analyzer.untilReady();
  if (options.catalog !== undefined) await analyzer.useCatalog(options.catalog);
  return analyzer;
}

const SILENT: AnalyzerLog = { warn: () => undefined };
const CATALOG_DEADLINE_MS = 60_000;
/** Transactions that may have a catalog of their own at the same time; each costs what everybody's costs. */
const MAX_OWN_CATALOGS = 8;
/** A text that was too slow once is refused at once for a while, so that it cannot keep the thread from working. */
const KEEP_FAILURE_MS = 10_000;

/** A text that waits so long for the parser is given to a second one, which ends when it is idle: it costs some 40 MiB. */
const PATIENCE_MS = 100;
const SECOND_PARSER_IDLE_MS = 20_000;

/** WASM memory never shrinks: 1 MiB of VALUES leaves 200 MB behind. */
const BIG_TEXT_CHARS = 64 * 1024;
const RECYCLE_AFTER_MS = 5000;

class WorkerAnalyzer implements Analyzer, OwnCatalogs {
  readonly #limits: AnalysisLimits;
  readonly #secondReader: SecondReaderOptions;
  readonly #cache: AnalysisCache;
  /** By namespace and text: one key of both would be another megabyte for a megabyte of text. */
  readonly #inFlight = new Map<string, Map<string, Promise<Analysis>>>();
  readonly #threads: ParserThreads;
  #catalog: Catalog | PackedCatalog | undefined;
  /** Lower case. Of the catalog, made when somebody asks. */
  #relationNames: ReadonlySet<string> | undefined;
  readonly #ownCatalogs = new Map<string, PackedCatalog>();

  constructor(options: AnalyzerOptions) {
    const log = options.log ?? SILENT;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#secondReader = { ...DEFAULT_SECOND_READER, ...options.secondReader };
    const { maxCachedTexts, maxCachedChars } = this.#limits;
    const nowMs = options.nowMs ?? (() => Date.now());
    this.#cache = new AnalysisCache({ maxTexts: maxCachedTexts, maxChars: maxCachedChars }, nowMs);
    const { maxQueued } = this.#limits;
    this.#threads = new ParserThreads({
      first: this.#parser(log, undefined),
      second: this.#parser(log, SECOND_PARSER_IDLE_MS),
      patienceMs: PATIENCE_MS,
      maxWaiting: maxQueued,
    });
  }

  get catalogVersion(): number {
    return this.#catalog?.version ?? 0;
  }

  async untilReady(): Promise<void> {
    await this.#threads.untilReady();
  }

  readonly peek = (text: string, namespace: Namespace): Analysis | undefined => this.#cache.get(namespace.key, text);

  readonly analyze = (text: string, namespace: Namespace): Promise<Analysis> => {
    const cached = this.#cache.get(namespace.key, text);
    if (cached !== undefined) return Promise.resolve(cached);
    const refusal = checkText(text, this.#limits);
    if (refusal !== undefined) return Promise.resolve({ kind: 'refused', refusal });
    return this.#sharedAnalysis(text, namespace);
  };

  readonly useCatalog = async (catalog: Catalog | PackedCatalog): Promise<void> => {
    this.#catalog = catalog;
    this.#relationNames = undefined;
    this.#cache.clear();
    this.#inFlight.clear();
    await this.#tell({ kind: 'catalog', id: SHARED_CATALOG, catalog });
  };

  readonly useOwnCatalog = async (id: string, catalog: PackedCatalog): Promise<boolean> => {
    if (this.#ownCatalogs.size >= MAX_OWN_CATALOGS) return false;
    this.#ownCatalogs.set(id, catalog);
    try {
      await this.#tell({ kind: 'catalog', id, catalog });
      return true;
    } catch (error) {
      this.#ownCatalogs.delete(id);
      throw error;
    }
  };

  readonly forgetOwnCatalog = (id: string): void => {
    if (!this.#ownCatalogs.delete(id)) return;
    this.#threads.tell({ kind: 'forget', id }, CATALOG_DEADLINE_MS).catch(() => undefined);
  };

  readonly close = async (): Promise<void> => {
    await this.#threads.close();
  };

  #parser(log: AnalyzerLog, idleMs: number | undefined): SupervisedWorker {
    return new SupervisedWorker({
      ...(idleMs === undefined ? {} : { idleMs }),
      url: workerUrl('worker'),
      name: 'stepward parser',
      workerData: {
        maxNesting: this.#limits.maxNesting,
        hasSecondReader: this.#secondReader.mode !== 'off',
      } satisfies WorkerData,
      resourceLimits: { stackSizeMb: WORKER_STACK_MIB, maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 3 },
      startDeadlineMs: CATALOG_DEADLINE_MS,
      maxQueued: this.#limits.maxQueued,
      greeting: () =>
        this.#catalog === undefined ? undefined : { kind: 'catalog', id: SHARED_CATALOG, catalog: this.#catalog },
      onReplaced: (why, detail) => {
        if (why !== 'recycled') log.warn({ why, detail }, "the parser's worker was replaced");
      },
    });
  }

  async #tell(request: WorkerRequest): Promise<void> {
    const answer = await this.#threads.tell(request, CATALOG_DEADLINE_MS);
    if (answer.kind !== 'answered') throw new Error(`the parser's worker did not take the catalog: ${answer.kind}`);
    const why = isTree(answer.value) ? answer.value['message'] : undefined;
    if (typeof why === 'string') throw new Error(`the parser's worker did not take the catalog: ${why}`);
  }

  async #read(text: string, namespace: Namespace): Promise<Read> {
    return this.#threads.run<Read>(
      async (thread) => {
        const answer = await this.#askThread(thread, { kind: 'analyse', text, namespace });
        const reading = await readingOf(answer);
        if (reading?.kind !== 'facts') return { answer, reading, seen: SKIPPED };
        return { answer, reading, seen: await secondOpinion(text, thread, this.#secondReader) };
      },
      { answer: { kind: 'overloaded' }, reading: undefined, seen: SKIPPED },
    );
  }

  /** A new thread knows everybody's catalog only. */
  async #askThread(thread: SupervisedWorker, request: Extract<WorkerRequest, { kind: 'analyse' }>): Promise<Answer> {
    const answer = await thread.ask(request, this.#limits.timeoutMs);
    const id = request.namespace.catalogId;
    const own = id === undefined || !isCatalogMissing(answer) ? undefined : this.#ownCatalogs.get(id);
    if (id === undefined || own === undefined) return answer;
    const taken = await thread.ask({ kind: 'catalog', id, catalog: own }, CATALOG_DEADLINE_MS);
    return taken.kind === 'answered' ? thread.ask(request, this.#limits.timeoutMs) : taken;
  }

  #isRelation(name: string): boolean {
    const catalog = this.#catalog;
    if (catalog === undefined) return true;
    this.#relationNames ??=
      'kind' in catalog ? relationNames(catalog) : new Set(catalog.relations.map((one) => one.name.toLowerCase()));
    return this.#relationNames.has(name);
  }

  /** Simultaneous requests for the same text are one. */
  #sharedAnalysis(text: string, namespace: Namespace): Promise<Analysis> {
    const sameNames = this.#inFlight.get(namespace.key) ?? new Map<string, Promise<Analysis>>();
    const running = sameNames.get(text);
    if (running !== undefined) return running;
    const started = this.#analyse(text, namespace).finally(() => {
      if (sameNames.get(text) === started) sameNames.delete(text);
      if (sameNames.size === 0 && this.#inFlight.get(namespace.key) === sameNames) this.#inFlight.delete(namespace.key);
    });
    this.#inFlight.set(namespace.key, sameNames.set(text, started));
    return started;
  }

  async #analyse(text: string, namespace: Namespace): Promise<Analysis> {
    const catalog = this.#catalog;
    if (catalog === undefined) return refused(noCatalog());
    // A megabyte has been read and decoded in this turn; copying it for the thread is for the next.
    if (text.length >= BIG_TEXT_CHARS) await nextTurn();
    const { answer, reading, seen } = await this.#read(text, namespace);
    if (text.length >= BIG_TEXT_CHARS) this.#threads.recycleWhenIdle(RECYCLE_AFTER_MS);
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
    const isRelation = (name: string): boolean => this.#isRelation(name);
    const unseen = unseenTable(seen.tables, reading.facts, { otherNames: reading.otherNames, isRelation });
    if (unseen === undefined) return { kind: 'facts', facts: reading.facts, secondReader: 'agrees' };
    if (this.#secondReader.mode === 'refuse') return refused(readersDisagree());
    return { kind: 'facts', facts: reading.facts, secondReader: 'disagrees' };
  }
}

type Read = { readonly answer: Answer; readonly reading: Reading | undefined; readonly seen: TablesSeen };

const SKIPPED: TablesSeen = { kind: 'skipped' };

function refused(refusal: AnalysisRefusal): Analysis {
  return { kind: 'refused', refusal };
}

/** What our own worker posts (worker-protocol.ts); anything else is no reading. */
async function readingOf(answer: Answer): Promise<Reading | undefined> {
  if (answer.kind !== 'answered' || !isTree(answer.value)) return undefined;
  const { reading, packs, otherNames } = answer.value;
  if (isReading(reading)) return reading;
  if (!arePacks(packs) || !areNames(otherNames)) return undefined;
  return { kind: 'facts', facts: await unpackFacts(packs, nextTurn), otherNames };
}

/** Whatever else waits for this thread comes first. */
async function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

function arePacks(value: unknown): value is readonly FactsPack[] {
  return Array.isArray(value) && value.every((pack) => pack instanceof Uint8Array);
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isCatalogMissing(answer: Answer): boolean {
  return answer.kind === 'answered' && isTree(answer.value) && answer.value['kind'] === 'catalogMissing';
}

function isReading(value: unknown): value is Reading {
  return isTree(value) && (value['kind'] === 'facts' || value['kind'] === 'refused');
}

function failure(why: NoAnswer | 'answered'): AnalysisRefusal {
  switch (why) {
    case 'timedOut':
      return limitRefusal('analysis of the statement took too long', 'make the statement smaller or simpler');
    case 'outOfMemory':
      return limitRefusal('analysis of the statement took too much memory', 'make the statement smaller or simpler');
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
