import { connectRaw, type RawPeer } from '../../support/raw-peer.ts';
import { startup } from '../../support/bytes.ts';
import { shorten } from './messages.ts';

/** A client that sends whatever it is told and reads answers as short words. */
export type RawClient = RawPeer & {
  readonly key: { readonly pid: number; readonly secret: Buffer };
  /** Sends, then reads up to and including the n-th ReadyForQuery. ParameterStatus and notices are left out. */
  ask(messages: readonly Buffer[], readyCount?: number): Promise<readonly string[]>;
  /** Reads on until a message with this word (or letter) has come; gives all. */
  readUntil(word: string): Promise<readonly string[]>;
};

export async function connectRawClient(port: number): Promise<RawClient> {
  const peer = await connectRaw(port);
  peer.send(startup({ user: 'ada', database: 'x' }));
  const { key } = await readGreeting(peer);
  return rawClient(peer, key);
}

type Key = RawClient['key'];

async function readGreeting(peer: RawPeer): Promise<{ readonly key: Key }> {
  let key: Key = { pid: 0, secret: Buffer.alloc(0) };
  for (;;) {
    const message = await peer.readMessage();
    const letter = String.fromCharCode(message[0] ?? 0);
    if (letter === 'K') key = { pid: message.readInt32BE(5), secret: Buffer.from(message.subarray(9)) };
    if (letter === 'E') throw new Error(message.toString('utf8'));
    if (letter === 'Z') return { key };
  }
}

export function rawClient(peer: RawPeer, key: Key): RawClient {
  return {
    ...peer,
    key,
    async ask(messages, readyCount = 1) {
      peer.send(...messages);
      const words: string[] = [];
      for (let left = readyCount; left > 0; ) {
        const word = shorten(await peer.readMessage());
        if (word.startsWith('S:') || word === 'N') continue;
        words.push(word);
        if (word.startsWith('Z:')) left -= 1;
      }
      return words;
    },
    async readUntil(word) {
      const words: string[] = [];
      for (;;) {
        const next = shorten(await peer.readMessage());
        if (!next.startsWith('S:')) words.push(next);
        if (next === word || next.split(':')[0] === word) return words;
      }
    },
  };
}
