import { CommanderError } from 'commander';
import { CliError, EXIT } from './cli-error.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/**
 * One run of the command line. Never rejects.
 * @param args without `node` and the script
 * @returns the exit code
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  try {
    const program = await createProgram(io, args);
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, io: Io): number {
  // Commander has printed its help or its complaint already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof CliError) {
    if (error.message !== '') io.err(error.message);
    return error.exitCode;
  }
  if (isOfTheSystem(error)) io.err(`stepward: ${error.message}`);
  else io.err(`stepward: unexpected error\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.failure;
}

/** A disk that is full, a file without rights, a database file that is damaged: nothing that a stack would explain. */
function isOfTheSystem(error: unknown): error is Error {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  return error.code.startsWith('SQLITE_') || 'syscall' in error;
}
