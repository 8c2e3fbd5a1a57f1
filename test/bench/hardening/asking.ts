import { BackendScanner } from '../../../proxy/wire/backend-scanner.ts';
import { decodeErrorFields, type ErrorFields } from '../../../proxy/wire/backend-messages.ts';
import { BACKEND } from '../../../proxy/wire/frames.ts';
import { encodeQuery, encodeTerminate } from '../../../proxy/wire/frontend-encode.ts';
import { connectTo } from '../connections.ts';
import type { Target } from '../targets.ts';

/** The end of one Query: how long it took, and the first error, if any. */
export type Answered = { readonly ms: number; readonly sqlstate: string | undefined; readonly message: string };

export type Asking = {
  /** @throws when the connection is closed, or there is no answer for a minute */
  query(text: string): Promise<Answered>;
  end(): void;
};

const PATIENCE_MS = 60_000;

/** A session that sends one Query at a time and throws rows away. */
export async function openAsking(target: Target): Promise<Asking> {
  const { stream } = await connectTo(target);
  const scanner = new BackendScanner({
    interesting: new Set([BACKEND.readyForQuery, BACKEND.errorResponse]),
    maxHeldBytes: 2 ** 24,
  });
  let error: ErrorFields | undefined;
  let done: () => void = () => undefined;
  let failed: (why: Error) => void = () => undefined;
  stream.on('close', () => failed(new Error(`${target.name}: the connection was closed: ${error?.get('M') ?? ''}`)));
  stream.on('error', (cause) => failed(cause));
  stream.on('data', (chunk: Buffer) => {
    for (const item of scanner.scan(chunk)) {
      if (item.kind !== 'message') continue;
      if (item.type === BACKEND.errorResponse) error ??= decodeErrorFields(item.payload);
      else done();
    }
  });
  stream.resume();
  return {
    query: async (text) => {
      const bytes = encodeQuery(text);
      error = undefined;
      const started = performance.now();
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
        done = () => (clearTimeout(timer), resolve());
        failed = (why) => (clearTimeout(timer), reject(why));
        stream.write(bytes);
      });
      return { ms: performance.now() - started, ...told(error) };
    },
    end: () => void stream.end(encodeTerminate()),
  };
}

function told(error: ErrorFields | undefined): Pick<Answered, 'sqlstate' | 'message'> {
  return { sqlstate: error?.get('C'), message: error?.get('M') ?? '' };
}
