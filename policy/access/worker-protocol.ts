import type { Catalog } from '../catalog/catalog.ts';
import type { PackedCatalog } from '../catalog/packed-catalog.ts';
import type { Reading } from './analyse-text.ts';
import type { FactsPack } from './packed-facts.ts';
import type { Namespace } from './analyzer.ts';

/** What everybody's statements are analysed with; `id` of a catalog that is one session's own: see Namespace.catalogId. */
export type CatalogId = string;
export const SHARED_CATALOG: CatalogId = '';

/** What the parser's worker is asked: to take or forget a catalog, to analyse a text with one that it has, or to read it a second time. */
export type WorkerRequest =
  | { readonly kind: 'catalog'; readonly id: CatalogId; readonly catalog: Catalog | PackedCatalog }
  | { readonly kind: 'forget'; readonly id: CatalogId }
  | { readonly kind: 'analyse'; readonly text: string; readonly namespace: Namespace }
  | { readonly kind: 'secondReading'; readonly text: string; readonly maxNesting: number };

/**
 * One for each request, in order. `broken`: this thread is not to be
 * trusted any more; the text goes to the log, never to a client.
 */
export type WorkerReply =
  | { readonly kind: 'catalog'; readonly catalogVersion: number }
  /** `message` is for the log. */
  | { readonly kind: 'catalogRefused'; readonly message: string }
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'reading'; readonly reading: Reading }
  /** A reading whose facts are too many for one message: unpackFacts makes them of `packs`, which change threads uncopied. */
  | { readonly kind: 'packedReading'; readonly packs: readonly FactsPack[]; readonly otherNames: readonly string[] }
  /** Undefined: it cannot read the text. */
  | { readonly kind: 'secondReading'; readonly tables: readonly string[] | undefined }
  | { readonly kind: 'secondReadingSkipped' }
  /** It has not been given the catalog that the namespace names, or its thread is new. */
  | { readonly kind: 'catalogMissing' }
  | { readonly broken: string };

export type WorkerData = { readonly maxNesting: number; readonly hasSecondReader: boolean };
