import type { Duplex } from 'node:stream';
import { AdjacentBuffers } from '../wire/adjacent-buffers.ts';
import { encodeErrorResponse } from '../wire/backend-encode.ts';
import type { PgError } from '../wire/pg-error.ts';

/** What goes to the client, with back-pressure: a slow reader stops upstream instead of filling memory. */
export class ClientOutput {
  readonly #stream: Duplex;
  readonly #collected = new AdjacentBuffers();
  #isCollecting = false;
  #isWaiting = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return this.#stream.writable && !this.#stream.destroyed;
  }

  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  write(bytes: Buffer): void {
    if (this.#isCollecting) this.#collected.add(bytes);
    else if (this.isOpen) this.#stream.write(bytes);
  }

  /**
   * What is written in here goes out in as few system calls as possible.
   * @param taken called when the kernel has all of it, or nobody will: its memory is free then
   */
  together(write: () => void, taken?: () => void): void {
    this.#isCollecting = true;
    try {
      write();
    } finally {
      this.#isCollecting = false;
      this.#flush(taken);
    }
  }

  /** Resolves when the client takes more; at once when it does already or is gone. */
  async drained(): Promise<void> {
    if (!this.isOpen || !this.isFull) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done).off('close', done);
        resolve();
      };
      this.#stream.on('drain', done).on('close', done);
    });
  }

  /** Calls `resume` once the client has taken what was written. Asked again before that: nothing. */
  onceDrained(resume: () => void): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const done = (): void => {
      this.#stream.off('drain', done).off('close', done);
      this.#isWaiting = false;
      resume();
    };
    this.#stream.on('drain', done).on('close', done);
  }

  /** Last words, if any, then the end. `destroy` must follow for a client that does not read. */
  end(error: PgError | undefined): void {
    this.#flush();
    if (!this.isOpen) return;
    if (error) this.#stream.end(encodeErrorResponse(error));
    else this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #flush(taken?: () => void): void {
    const buffers = this.#collected.take();
    if (buffers.length === 0 || !this.isOpen) {
      taken?.();
      return;
    }
    if (buffers.length > 1) this.#stream.cork();
    const last = buffers.length - 1;
    for (const [i, bytes] of buffers.entries()) this.#stream.write(bytes, i === last ? taken : undefined);
    if (buffers.length > 1) this.#stream.uncork();
  }
}
