/** The server cannot start: the message says why and what to do, one line for each mistake. */
export class StartError extends Error {
  /** True when files are wrong, false when something is unreachable or taken. */
  readonly isConfiguration: boolean;

  constructor(message: string, options: { readonly isConfiguration: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'StartError';
    this.isConfiguration = options.isConfiguration;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
