import type { Duplex } from 'node:stream';
import { AdjacentBuffers } from '../wire/adjacent-buffers.ts';
import { BackendScanner, type ScanItem } from '../wire/backend-scanner.ts';
import { BACKEND } from '../wire/frames.ts';

export type UpstreamLinkOptions = {
  readonly stream: Duplex;
  readonly maxHeldBytes: number;
  /** What one chunk brought, in order: slices of it. */
  readonly onItems: (items: readonly ScanItem[], chunk: Buffer) => void;
  /** Upstream sent something that is no protocol. */
  readonly onViolation: (cause: unknown) => void;
  readonly onGone: () => void;
};

/** Rows and COPY data stream; all else is looked at, so that nothing of ours is ever sent inside a message. */
const STREAMED: ReadonlySet<number> = new Set([BACKEND.dataRow, BACKEND.copyData]);
const INTERESTING: ReadonlySet<number> = new Set(Object.values(BACKEND).filter((type) => !STREAMED.has(type)));

/** Messages collected before a write: one system call for Parse, Bind, Execute and Sync. */
const MAX_COLLECTED_BYTES = 64 * 1024;

/** The connection to PostgreSQL: collects what is sent, splits what comes. */
export class UpstreamLink {
  readonly #stream: Duplex;
  readonly #scanner: BackendScanner;
  readonly #options: UpstreamLinkOptions;
  readonly #collected = new AdjacentBuffers();
  #collectedBytes = 0;
  #isGone = false;

  constructor(options: UpstreamLinkOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.#isGone = options.stream.destroyed || options.stream.readableEnded;
    this.#scanner = new BackendScanner({ interesting: INTERESTING, maxHeldBytes: options.maxHeldBytes });
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    for (const event of ['end', 'close', 'error']) this.#stream.on(event, () => this.#gone());
    this.#stream.resume();
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Everything that was passed on so far ended with the end of a message. */
  get isBetweenMessages(): boolean {
    return this.#scanner.isBetweenFrames;
  }

  /** INVARIANT 1: the very bytes that were judged. They may wait for `flush`. */
  send(bytes: Buffer): void {
    this.#collected.add(bytes);
    this.#collectedBytes += bytes.length;
    if (this.#collectedBytes >= MAX_COLLECTED_BYTES) this.flush();
  }

  flush(): void {
    if (this.#collectedBytes === 0) return;
    const collected = this.#collected.take();
    this.#collectedBytes = 0;
    if (this.#isGone) return;
    if (collected.length > 1) this.#stream.cork();
    for (const bytes of collected) this.#stream.write(bytes);
    if (collected.length > 1) this.#stream.uncork();
  }

  get isFull(): boolean {
    return this.#stream.writableNeedDrain;
  }

  /** Resolves when upstream takes more; at once when it does already or is gone. */
  async drained(): Promise<void> {
    if (this.#isGone || !this.isFull) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done).off('close', done);
        resolve();
      };
      this.#stream.on('drain', done).on('close', done);
    });
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** @param farewell Terminate, where nothing runs */
  close(farewell?: Buffer): void {
    this.flush();
    if (farewell && !this.#isGone) this.#stream.end(farewell);
    else this.#stream.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#isGone) return;
    try {
      this.#options.onItems(this.#scanner.scan(chunk), chunk);
    } catch (cause) {
      this.#options.onViolation(cause);
    }
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onGone();
  }
}
