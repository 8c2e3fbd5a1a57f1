import type { AccessFacts } from '../../policy/access/facts.ts';
import type { SessionGate } from './gate-contract.ts';

/** Statements with different facts that are remembered one by one. */
const MAX_REMEMBERED = 256;

/** What the open transaction has written: deferred constraints and triggers speak of it as late as COMMIT or Sync. */
export class WrittenRows {
  readonly #facts = new Set<AccessFacts>();
  /** Of those that are not remembered any more. */
  #hiddenBy: string | undefined;

  add(facts: AccessFacts, gate: SessionGate): void {
    this.#facts.add(facts);
    if (this.#facts.size < MAX_REMEMBERED) return;
    this.#hiddenBy = this.hiddenBy(gate);
    this.#facts.clear();
  }

  hiddenBy(gate: SessionGate): string | undefined {
    if (this.#hiddenBy !== undefined) return this.#hiddenBy;
    for (const facts of this.#facts) {
      const why = gate.hiddenBy(facts);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  clear(): void {
    this.#facts.clear();
    this.#hiddenBy = undefined;
  }
}
