import type { Duplex } from 'node:stream';
import { encodeErrorResponse } from '../wire/backend-encode.ts';
import type { PgError } from '../wire/pg-error.ts';

/** What goes to the client, with back-pressure: a slow reader stops upstream instead of filling memory. */
export class ClientOutput {
  readonly #stream: Duplex;
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
    if (this.isOpen) this.#stream.write(bytes);
  }

  /** What is written in here goes out in as few system calls as possible. */
  together(write: () => void): void {
    this.#stream.cork();
    try {
      write();
    } finally {
      this.#stream.uncork();
    }
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
    if (!this.isOpen) return;
    if (error) this.#stream.end(encodeErrorResponse(error));
    else this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
