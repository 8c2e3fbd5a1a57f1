import type { ExplainingEngine } from './engine.ts';
import type { Problem } from './problem.ts';

export type BuildResult =
  | { readonly kind: 'built'; readonly engine: ExplainingEngine; readonly warnings: readonly Problem[] }
  | { readonly kind: 'failed'; readonly problems: readonly Problem[] };

export type ReloadResult =
  | { readonly kind: 'reloaded'; readonly version: string; readonly warnings: readonly Problem[] }
  | { readonly kind: 'unchanged'; readonly version: string }
  /** The set that was in force stays in force. */
  | { readonly kind: 'refused'; readonly version: string; readonly problems: readonly Problem[] };

/**
 * Holds the engine in force. A bad set never replaces a good one (INVARIANT 4), and sessions need not know of a reload:
 * they ask for `engine` at each decision.
 */
export class PolicyHolder {
  private current: ExplainingEngine;
  private readonly build: () => BuildResult;

  /** @param build reads, checks and builds anew; whatever it throws counts as a failed build */
  constructor(first: ExplainingEngine, build: () => BuildResult) {
    this.current = first;
    this.build = build;
  }

  get engine(): ExplainingEngine {
    return this.current;
  }

  reload(): ReloadResult {
    const result = this.attempt();
    const { version } = this.current;
    if (result.kind === 'failed') return { kind: 'refused', version, problems: result.problems };
    // Keeping the old engine keeps its caches: touching a file must not empty them.
    if (result.engine.version === version) return { kind: 'unchanged', version };
    this.current = result.engine;
    return { kind: 'reloaded', version: result.engine.version, warnings: result.warnings };
  }

  private attempt(): BuildResult {
    try {
      return this.build();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const problem: Problem = { severity: 'error', file: '(policies)', line: 1, column: 1, message };
      return { kind: 'failed', problems: [problem] };
    }
  }
}
