/**
 * The functions that are being seen through, the outermost first. One for each statement: it ends recursion, bounds the work,
 * and knows which answers hold for more than this statement.
 */
export class Visits {
  readonly #stack: number[] = [];
  readonly #limits: { readonly depth: number; readonly bodies: number };
  #bodies = 0;
  /** The outermost function that was met again since; Infinity: none. */
  #lowestRepeat = Infinity;
  #sessionUses = 0;
  #repeats = 0;
  #exhaustions = 0;

  constructor(limits: { readonly depth: number; readonly bodies: number }) {
    this.#limits = limits;
  }

  /** Bodies that were read with the names of the session: answers in which one had a part are not for other sessions. */
  get sessionUses(): number {
    return this.#sessionUses;
  }

  /** How often a body was not read, because it is being read or too deep: an answer in which that happened leaves it out. */
  get repeats(): number {
    return this.#repeats;
  }

  useSession(): void {
    this.#sessionUses += 1;
  }

  /** True: no further body is to be read. Answers on the way up are not for keeping: elsewhere there may be room. */
  isExhausted(): boolean {
    if (this.#stack.length < this.#limits.depth && this.#bodies < this.#limits.bodies) return false;
    this.#exhaustions += 1;
    this.#repeats += 1;
    return true;
  }

  /** Is the function already being seen through? Remembered: answers on the way up to it are not whole. */
  isRepeat(oid: number): boolean {
    const at = this.#stack.indexOf(oid);
    if (at < 0) return false;
    this.#lowestRepeat = Math.min(this.#lowestRepeat, at);
    this.#repeats += 1;
    return true;
  }

  /**
   * Runs the analysis of one body.
   * @returns the answer; whether the function called itself; whether the answer leaves nothing out
   */
  visit<Answer>(oid: number, work: () => Answer): Visited<Answer> {
    const depth = this.#stack.length;
    const before = this.#lowestRepeat;
    const exhaustions = this.#exhaustions;
    this.#lowestRepeat = Infinity;
    this.#stack.push(oid);
    this.#bodies += 1;
    try {
      const answer = work();
      const isWhole = this.#lowestRepeat >= depth && this.#exhaustions === exhaustions;
      return { answer, isRecursive: this.#lowestRepeat <= depth, isWhole };
    } finally {
      this.#stack.pop();
      this.#lowestRepeat = Math.min(before, this.#lowestRepeat < depth ? this.#lowestRepeat : Infinity);
    }
  }
}

export type Visited<Answer> = {
  readonly answer: Answer;
  readonly isRecursive: boolean;
  readonly isWhole: boolean;
};
