/**
 * Collects what is to be written. Slices that follow one another in the same memory, as the messages of one chunk do,
 * become one slice again without a copy: one plain write costs the kernel and Node less than a vectored one.
 */
export class AdjacentBuffers {
  readonly #done: Buffer[] = [];
  /** Where the run begins that may still grow. */
  #first: Buffer | undefined;
  #runBytes = 0;

  add(bytes: Buffer): void {
    const first = this.#first;
    if (first?.buffer === bytes.buffer && first.byteOffset + this.#runBytes === bytes.byteOffset) {
      this.#runBytes += bytes.length;
      return;
    }
    this.#endRun();
    this.#first = bytes;
    this.#runBytes = bytes.length;
  }

  /** What was added, in order; it is empty afterwards. */
  take(): readonly Buffer[] {
    this.#endRun();
    return this.#done.splice(0);
  }

  #endRun(): void {
    const first = this.#first;
    if (first === undefined) return;
    const isOne = this.#runBytes === first.length;
    this.#done.push(isOne ? first : Buffer.from(first.buffer, first.byteOffset, this.#runBytes));
    this.#first = undefined;
    this.#runBytes = 0;
  }
}
