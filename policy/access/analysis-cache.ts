import type { Analysis } from './analyzer.ts';

export type CacheLimits = {
  readonly maxTexts: number;
  /** UTF-16 code units of all texts. */
  readonly maxChars: number;
};

type Entry = { readonly analysis: Analysis; readonly expiresMs: number | undefined };
type Generation = { readonly byNamespace: Map<string, Map<string, Entry>>; texts: number; chars: number };

/**
 * Analyses by namespace and text, bounded: two generations, of which the older is dropped when the younger is full; what is
 * asked for moves to the younger. Equal keys give the same object for as long as it is kept.
 */
export class AnalysisCache {
  readonly #limits: CacheLimits;
  readonly #nowMs: () => number;
  #young = emptyGeneration();
  #old = emptyGeneration();

  constructor(limits: CacheLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  get(namespaceKey: string, text: string): Analysis | undefined {
    const young = this.#young.byNamespace.get(namespaceKey)?.get(text);
    if (young !== undefined) return this.#fresh(young);
    const old = this.#old.byNamespace.get(namespaceKey)?.get(text);
    if (old === undefined || this.#fresh(old) === undefined) return undefined;
    this.#add(namespaceKey, text, old);
    return old.analysis;
  }

  /** @param keepMs how long it holds; undefined: until it is cleared or pushed out */
  set(namespaceKey: string, text: string, analysis: Analysis, keepMs?: number): void {
    const expiresMs = keepMs === undefined ? undefined : this.#nowMs() + keepMs;
    this.#add(namespaceKey, text, { analysis, expiresMs });
  }

  clear(): void {
    this.#young = emptyGeneration();
    this.#old = emptyGeneration();
  }

  #fresh(entry: Entry): Analysis | undefined {
    return entry.expiresMs !== undefined && entry.expiresMs <= this.#nowMs() ? undefined : entry.analysis;
  }

  #add(namespaceKey: string, text: string, entry: Entry): void {
    if (this.#young.texts >= this.#limits.maxTexts / 2 || this.#young.chars + text.length > this.#limits.maxChars / 2) {
      this.#old = this.#young;
      this.#young = emptyGeneration();
    }
    const { byNamespace } = this.#young;
    const texts = byNamespace.get(namespaceKey) ?? new Map<string, Entry>();
    if (texts.size === 0) byNamespace.set(namespaceKey, texts);
    if (!texts.has(text)) {
      this.#young.texts += 1;
      this.#young.chars += text.length;
    }
    texts.set(text, entry);
  }
}

function emptyGeneration(): Generation {
  return { byNamespace: new Map(), texts: 0, chars: 0 };
}
