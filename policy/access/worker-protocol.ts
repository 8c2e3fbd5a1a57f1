import type { Catalog } from '../catalog/catalog.ts';
import type { Reading } from './analyse-text.ts';
import type { Namespace } from './analyzer.ts';

/** What the parser's worker is asked: to take a catalog, or to analyse a text with the one it has. */
export type WorkerRequest =
  | { readonly kind: 'catalog'; readonly catalog: Catalog }
  | { readonly kind: 'analyse'; readonly text: string; readonly namespace: Namespace };

/**
 * One for each request, in order. `broken`: this thread is not to be
 * trusted any more; the text goes to the log, never to a client.
 */
export type WorkerReply =
  | { readonly kind: 'catalog'; readonly catalogVersion: number }
  | { readonly kind: 'reading'; readonly reading: Reading }
  | { readonly broken: string };

export type WorkerData = { readonly maxNesting: number };
