import type { EndedChallenge } from './challenge.ts';

const keepMs = 10 * 60_000;
const maxKept = 1000;

/** How recent challenges ended, so that a page left open can say so. Bounded in time and number. */
export class EndedChallenges {
  readonly #byId = new Map<string, EndedChallenge>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(challenge: EndedChallenge): void {
    this.#byId.set(challenge.id, challenge);
    for (const [id, { endedAtMs }] of this.#byId) {
      if (this.#byId.size <= maxKept && this.#nowMs() - endedAtMs <= keepMs) break;
      this.#byId.delete(id);
    }
  }

  find(id: string): EndedChallenge | undefined {
    const found = this.#byId.get(id);
    return found !== undefined && this.#nowMs() - found.endedAtMs <= keepMs ? found : undefined;
  }

  findByCode(code: string): EndedChallenge | undefined {
    const found = [...this.#byId.values()].findLast((challenge) => challenge.code === code);
    return found && this.find(found.id);
  }
}
