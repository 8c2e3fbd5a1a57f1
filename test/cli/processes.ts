import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

export type Started = {
  readonly child: ChildProcess;
  /** All that was printed so far, errors too. */
  output(): string;
  /** Resolves once the text is there. @throws when the process ends without it */
  printed(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
};

/** `stepward ...` from the checkout, as a process of its own. */
export function startStepwardProcess(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, ['cli/main.ts', ...args], { env: { ...process.env, ...env } });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  const printed = async (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code} before "${text}":\n${output}`)));
    });
  return { child, output: () => output, printed, ended };
}

export async function freePort(): Promise<number> {
  const [port, release] = await takePort();
  await release();
  return port;
}

/** Listens until it is released. */
export async function takePort(): Promise<readonly [port: number, release: () => Promise<void>]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return [address.port, async () => new Promise((resolve) => server.close(() => resolve()))];
}
