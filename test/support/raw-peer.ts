import { connect, type Socket } from 'node:net';

/** The other end of a socket, in bytes: sends what it is told, reads what it is asked for. */
export type RawPeer = {
  readonly socket: Socket;
  send(...parts: readonly Buffer[]): void;
  /** Exactly `count` bytes. @throws when the connection ends before */
  read(count: number): Promise<Buffer>;
  /** The next message, with its header. */
  readMessage(): Promise<Buffer>;
  /** All that still comes until the connection is closed. */
  readToEnd(): Promise<Buffer>;
  end(): void;
};

export async function connectRaw(port: number): Promise<RawPeer> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return rawPeer(socket);
}

export function rawPeer(socket: Socket): RawPeer {
  let bytes = Buffer.alloc(0);
  let isClosed = false;
  let wake: () => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  const until = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      if (isClosed) throw new Error(`closed after ${bytes.length} bytes: ${bytes.toString('latin1')}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const take = (count: number): Buffer => {
    const taken = bytes.subarray(0, count);
    bytes = bytes.subarray(count);
    return taken;
  };
  return {
    socket,
    send: (...parts) => void socket.write(Buffer.concat(parts)),
    async read(count) {
      await until(() => bytes.length >= count);
      return take(count);
    },
    async readMessage() {
      await until(() => bytes.length >= 5 && bytes.length > bytes.readUInt32BE(1));
      return take(bytes.readUInt32BE(1) + 1);
    },
    async readToEnd() {
      await until(() => isClosed);
      return take(bytes.length);
    },
    end: () => void socket.end(),
  };
}
