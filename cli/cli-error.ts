/** Exit codes. @see sysexits.h; 130 and 141 are what a shell reports for SIGINT and SIGPIPE */
export const EXIT = { failure: 1, usage: 64, unavailable: 69, config: 78, interrupted: 130, brokenPipe: 141 } as const;

/** An expected end of a command: its text goes to standard error as it is, without a stack. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
