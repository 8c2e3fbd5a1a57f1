import { parentPort, workerData } from 'node:worker_threads';
import { analyseText, type Prepared, prepareCatalog } from './analyse-text.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { loadParser } from './parse.ts';
import { isTree } from './tree.ts';
import type { WorkerReply, WorkerRequest } from './worker-protocol.ts';

/** The thread of the parser: texts come in, facts go out, trees never do. Started by worker-analyzer.ts. */
const { maxNesting } = limitsOf(workerData);
const state: { prepared: Prepared | undefined } = { prepared: undefined };

await loadParser();
parentPort?.on('message', (request: WorkerRequest) => parentPort?.postMessage(answer(request)));
parentPort?.postMessage('ready');

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
      state.prepared = prepareCatalog(request.catalog);
      return { kind: 'catalog', catalogVersion: request.catalog.version };
    case 'analyse': {
      const { prepared } = state;
      if (prepared === undefined) return { broken: 'asked before there was a catalog' };
      const reading = analyseText(request.text, request.namespace, prepared, { maxNesting });
      return { kind: 'reading', reading };
    }
  }
}

function limitsOf(data: unknown): { readonly maxNesting: number } {
  const given = isTree(data) ? data['maxNesting'] : undefined;
  return { maxNesting: typeof given === 'number' ? given : DEFAULT_LIMITS.maxNesting };
}
