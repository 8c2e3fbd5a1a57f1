import { EXIT } from './cli-error.ts';
import { readSecret } from './read-secret.ts';

/** What a command may do with the terminal: injected, so that tests read what a person would. */
export type Io = {
  out(text: string): void;
  err(text: string): void;
  /** Of standard output: colours, widths. */
  readonly isTty: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True when a person types at standard input. */
  readonly isInteractive: boolean;
  /** Asks on the terminal without echo; reads a line of standard input where that is no terminal. */
  askSecret(question: string): Promise<string>;
  /** From now on nobody has to read what is printed: a server does not end with the pager that its start was piped to. */
  outliveReader(): void;
};

export function terminalIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  let endsWithReader = true;
  const failed = (error: Error): void => {
    if (!isReaderGone(error)) process.exit(EXIT.failure);
    // `audit export | head` has what it wants: no complaint.
    if (endsWithReader) process.exit(EXIT.brokenPipe);
  };
  const writer = (stream: NodeJS.WriteStream) => {
    stream.on('error', failed);
    return (text: string): void => {
      // A loop that prints without pause would never see the event.
      if (stream.errored) return failed(stream.errored);
      stream.write(`${text}\n`);
    };
  };
  return {
    out: writer(stdout),
    err: writer(stderr),
    isTty: stdout.isTTY,
    columns: stdout.columns ?? 80,
    env,
    isInteractive: stdin.isTTY,
    askSecret: async (question) => readSecret(question, { input: stdin, prompt: stderr }),
    outliveReader: () => {
      endsWithReader = false;
    },
  };
}

/** The reader of a pipe has gone (EPIPE), or the window of a terminal was closed (EIO). */
function isReaderGone(error: Error): boolean {
  return 'code' in error && (error.code === 'EPIPE' || error.code === 'EIO');
}
