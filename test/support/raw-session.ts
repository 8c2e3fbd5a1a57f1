import { cstr, frame, startup } from './bytes.ts';
import { connectRaw, type RawPeer } from './raw-peer.ts';
import { PASSWORD } from './running-stepward.ts';
import { answerScram } from './scram.ts';

export type BackendMessage = { readonly type: string; readonly payload: Buffer };

/** A logged-in client that sends bytes and reads messages, with no driver between. */
export type RawSession = {
  readonly peer: RawPeer;
  /** Backend process id and secret, for a CancelRequest. */
  readonly key: Buffer;
  /** Sends, and reads up to and including the next ReadyForQuery. */
  ask(...parts: readonly Buffer[]): Promise<readonly BackendMessage[]>;
  /** Reads up to and including a message of that type. */
  readUntil(type: string): Promise<readonly BackendMessage[]>;
};

export async function openRawSession(
  at: { readonly port: number; readonly user: string; readonly database: string },
  parameters: Readonly<Record<string, string>> = {},
): Promise<RawSession> {
  const peer = await connectRaw(at.port);
  peer.send(startup({ user: at.user, database: at.database, ...parameters }));
  await peer.readMessage(); // AuthenticationSASL
  await answerScram(peer, { password: PASSWORD });
  const greeting = await readUntil(peer, 'Z');
  const key = greeting.find(({ type }) => type === 'K')?.payload;
  if (key === undefined) throw new Error(`not let in: ${describeMessages(greeting).join(' | ')}`);
  return {
    peer,
    key,
    ask: async (...parts) => {
      peer.send(...parts);
      return readUntil(peer, 'Z');
    },
    readUntil: async (type) => readUntil(peer, type),
  };
}

async function readUntil(peer: RawPeer, wanted: string): Promise<readonly BackendMessage[]> {
  const messages: BackendMessage[] = [];
  for (;;) {
    const bytes = await peer.readMessage();
    const message = { type: bytes.toString('latin1', 0, 1), payload: bytes.subarray(5) };
    messages.push(message);
    if (message.type === wanted) return messages;
    if (message.type === 'E' && errorField(message, 'V') === 'FATAL') return messages;
  }
}

/** A field of an ErrorResponse or NoticeResponse, such as C (SQLSTATE) or M (message). */
export function errorField({ payload }: BackendMessage, field: string): string | undefined {
  const fields = payload.toString('utf8').split('\0');
  return fields.find((each) => each.startsWith(field))?.slice(1);
}

/** One word for each message: `E:42501`, `C:SELECT 1`, `Z:I`, or the type alone. */
export function describeMessages(messages: readonly BackendMessage[]): readonly string[] {
  return messages.map((message) => {
    if (message.type === 'E') return `E:${errorField(message, 'C') ?? ''}`;
    if (message.type === 'C') return `C:${message.payload.toString('utf8').slice(0, -1)}`;
    return message.type === 'Z' ? `Z:${message.payload.toString('latin1')}` : message.type;
  });
}

export const query = (sql: string): Buffer => frame('Q', cstr(sql));
