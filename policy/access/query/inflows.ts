import type { Lineage } from './value.ts';
import { mergeLineages } from './value.ts';

/** What functions that the text does not call by name give to the expression or query that is being evaluated. */
export class Inflows {
  #current: Lineage[] = [];

  add(lineage: Lineage): void {
    if (lineage.size > 0) this.#current.push(lineage);
  }

  /** Runs the work, and has whatever came in meanwhile added to its result. */
  around<Result>(work: () => Result, add: (result: Result, brought: Lineage) => Result): Result {
    const outer = this.#current;
    const own: Lineage[] = [];
    this.#current = own;
    try {
      const result = work();
      this.#current = outer;
      return own.length === 0 ? result : add(result, mergeLineages(own));
    } finally {
      this.#current = outer;
    }
  }
}
