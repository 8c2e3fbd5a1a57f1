import type { Io } from '../../cli/io.ts';
import { runCli } from '../../cli/run-cli.ts';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };

export type Terminal = {
  readonly env?: Readonly<Record<string, string>>;
  /** What the person types at questions, in turn. */
  readonly secrets?: readonly string[];
  readonly isInteractive?: boolean;
};

/** A command line from start to end, in this process, on a terminal that remembers what was printed. */
export async function runCommand(args: readonly string[], terminal: Terminal = {}): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const secrets = [...(terminal.secrets ?? [])];
  const io: Io = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    isTty: false,
    columns: 100,
    env: terminal.env ?? {},
    isInteractive: terminal.isInteractive ?? false,
    askSecret: async () => secrets.shift() ?? '',
    outliveReader: () => undefined,
  };
  const code = await runCli(args, io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}
