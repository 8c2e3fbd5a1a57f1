import type { Duplex } from 'node:stream';
import { FRONTEND, type FrameOrPiece, FrameReader } from '../wire/frames.ts';

export type FrameSourceOptions = {
  readonly stream: Duplex;
  readonly leftover: Buffer;
  readonly maxFrameBytes: number;
  /** Held beyond this while nobody takes: the stream is paused. */
  readonly maxBufferedBytes: number;
  /** The client has closed its side, or the connection broke. Frames that came before can still be taken. */
  readonly onGone: () => void;
};

/**
 * The client's messages, one at a time, with bounded read-ahead. The read-ahead is what notices a client that goes away
 * while its statement is held.
 */
export class FrameSource {
  readonly #stream: Duplex;
  readonly #reader: FrameReader;
  readonly #maxBufferedBytes: number;
  readonly #onGone: () => void;
  #isGone = false;
  #wake: (() => void) | undefined;

  constructor(options: FrameSourceOptions) {
    this.#stream = options.stream;
    this.#maxBufferedBytes = options.maxBufferedBytes;
    this.#onGone = options.onGone;
    this.#reader = new FrameReader({
      maxFrameBytes: options.maxFrameBytes,
      streamTypes: new Set([FRONTEND.copyData]),
    });
    if (options.leftover.length > 0) this.#reader.push(options.leftover);
    // Its last event may have been before anybody listened.
    this.#isGone = options.stream.destroyed || options.stream.readableEnded;
    this.#listen();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * The next frame if it is here already.
   * @throws PgError as FrameReader.next does
   */
  take(): FrameOrPiece | undefined {
    return this.#reader.next();
  }

  /** Resolves when there may be another frame; false: none will come. */
  async wait(): Promise<boolean> {
    if (this.#isGone) return false;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#stream.isPaused()) this.#stream.resume();
    await woken;
    // What came with the end can still be taken.
    return !this.#isGone || this.#reader.bufferedBytes > 0;
  }

  #listen(): void {
    this.#stream.on('data', (chunk: Buffer) => this.#push(chunk));
    for (const event of ['end', 'close', 'error']) this.#stream.on(event, () => this.#gone());
    // Also while nobody waits: a held statement must notice that its client goes.
    this.#stream.resume();
  }

  #push(chunk: Buffer): void {
    this.#reader.push(chunk);
    if (this.#wake) this.#wakeUp();
    else if (this.#reader.bufferedBytes > this.#maxBufferedBytes) this.#stream.pause();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#wakeUp();
    this.#onGone();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
