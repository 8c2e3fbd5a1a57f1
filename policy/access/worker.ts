import { parentPort, workerData } from 'node:worker_threads';
import type { Catalog } from '../catalog/catalog.ts';
import type { PackedCatalog } from '../catalog/packed-catalog.ts';
import { unpackCatalog } from '../catalog/unpack.ts';
import { analyseText, type Prepared, prepareCatalog, type Reading } from './analyse-text.ts';
import { DEFAULT_LIMITS, MAX_FACTS_CHARS, touchesTooMuch } from './limits.ts';
import { estimateNesting } from './nesting.ts';
import { packFacts } from './packed-facts.ts';
import { loadParser } from './parse.ts';
import { isTree } from './tree.ts';
import {
  type CatalogId,
  SHARED_CATALOG,
  type WorkerData,
  type WorkerReply,
  type WorkerRequest,
} from './worker-protocol.ts';

/** The thread of the parser: texts come in, facts go out, trees never do. Started by worker-analyzer.ts. */
const { maxNesting, hasSecondReader } = dataOf(workerData);
const WARM_UP = [
  'SELECT a.b FROM s.t AS a JOIN u ON a.c = u.c WHERE a.d IN (1, 2) ORDER BY 1 LIMIT 3',
  "INSERT INTO t (a) VALUES ('x')",
];
const prepared = new Map<CatalogId, Prepared>();

await loadParser();
const readTables = hasSecondReader ? await loadSecondReader() : undefined;
parentPort?.on('message', (request: WorkerRequest) => post(answer(request)));
parentPort?.postMessage('ready');

function post(reply: WorkerReply): void {
  const isPacked = 'kind' in reply && reply.kind === 'packedReading';
  parentPort?.postMessage(reply, isPacked ? reply.packs.map(({ buffer }) => buffer) : []);
}

function answer(request: WorkerRequest): WorkerReply {
  try {
    return perform(request);
  } catch (error) {
    // After a trap or an overflow inside WASM its stack pointer is not restored: the thread has to go.
    return { broken: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function perform(request: WorkerRequest): WorkerReply {
  switch (request.kind) {
    case 'catalog':
      return takeCatalog(request.id, request.catalog);
    case 'forget':
      prepared.delete(request.id);
      return { kind: 'forgotten' };
    case 'analyse': {
      const { text, namespace } = request;
      const own = prepared.get(namespace.catalogId ?? SHARED_CATALOG);
      if (own === undefined) return { kind: 'catalogMissing' };
      return replyWith(analyseText(text, namespace, own, { maxNesting }));
    }
    case 'secondReading': {
      if (readTables === undefined || estimateNesting(request.text) > request.maxNesting)
        return { kind: 'secondReadingSkipped' };
      return { kind: 'secondReading', tables: readTables(request.text) };
    }
  }
}

function replyWith(reading: Reading): WorkerReply {
  if (reading.kind === 'refused') return { kind: 'reading', reading };
  const packs = packFacts(reading.facts, MAX_FACTS_CHARS);
  if (packs === undefined) return { kind: 'reading', reading: { kind: 'refused', refusal: touchesTooMuch() } };
  // What fits into one pack is quicker as it is.
  return packs.length === 1
    ? { kind: 'reading', reading }
    : { kind: 'packedReading', packs, otherNames: reading.otherNames };
}

/** Rows that we do not understand are no reason to replace the thread: the next one would not understand them either. */
function takeCatalog(id: CatalogId, catalog: Catalog | PackedCatalog): WorkerReply {
  // Never two of a kind at once: the old one is not asked any more.
  prepared.delete(id);
  try {
    prepared.set(id, prepareCatalog('kind' in catalog ? unpackCatalog(catalog) : catalog));
    return { kind: 'catalog', catalogVersion: catalog.version };
  } catch (error) {
    return { kind: 'catalogRefused', message: error instanceof Error ? error.message : String(error) };
  }
}

/** Its code is as large as all of the analysis: only where it is asked. The first parse of its grammar takes longer than its deadline. */
async function loadSecondReader(): Promise<(text: string) => readonly string[] | undefined> {
  const reader = await import('./second-reader.ts');
  for (const text of WARM_UP) reader.readTables(text);
  return reader.readTables;
}

function dataOf(data: unknown): WorkerData {
  const given = isTree(data) ? data : {};
  return {
    maxNesting: typeof given['maxNesting'] === 'number' ? given['maxNesting'] : DEFAULT_LIMITS.maxNesting,
    hasSecondReader: given['hasSecondReader'] === true,
  };
}
