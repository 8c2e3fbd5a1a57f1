import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How long an answer may take. Only a script that is wrong, or a proxy that hangs, waits so long. */
const PATIENCE_MS = 10_000;

/** A client's end of a connection: writes bytes, reads messages, can become TLS. */
export class WireConnection {
  #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => undefined;
  /** From BackendKeyData. */
  pid = 0;
  secret = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async open(port: number): Promise<WireConnection> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new WireConnection(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  async startTls(alpn: string | undefined): Promise<void> {
    const raw = this.#socket;
    raw.removeAllListeners();
    raw.on('error', () => undefined);
    const socket = connectTls({
      socket: raw,
      rejectUnauthorized: false,
      ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
    });
    this.#socket = socket;
    this.#listen(socket);
    await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
  }

  /** One byte, such as the answer to SSLRequest; undefined when the connection ends before. */
  async readByte(): Promise<Buffer | undefined> {
    return (await this.#until(() => this.#received.length >= 1)) ? this.#take(1) : undefined;
  }

  /** A whole message; undefined when the connection ends before. */
  async readMessage(): Promise<Buffer | undefined> {
    const isWhole = (): boolean => this.#received.length >= 5 && this.#received.length > this.#received.readUInt32BE(1);
    if (!(await this.#until(isWhole))) return undefined;
    const message = this.#take(this.#received.readUInt32BE(1) + 1);
    if (message.toString('latin1', 0, 1) === 'K') {
      this.pid = message.readInt32BE(5);
      this.secret = Buffer.from(message.subarray(9));
    }
    return message;
  }

  /** What came and is no whole message. */
  takeRest(): Buffer {
    return this.#take(this.#received.length);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    const close = (): void => {
      this.#isClosed = true;
      this.#wake();
    };
    socket.on('error', close).on('end', close).on('close', close);
  }

  #take(count: number): Buffer {
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  async #until(isReached: () => boolean): Promise<boolean> {
    const { promise: patience, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('nothing came for a long time')), PATIENCE_MS);
    try {
      while (!isReached() && !this.#isClosed) {
        await Promise.race([patience, new Promise<void>((resolve) => (this.#wake = resolve))]);
      }
      return isReached();
    } finally {
      clearTimeout(timer);
    }
  }
}
