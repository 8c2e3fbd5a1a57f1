import type { Logger } from 'pino';
import type { Config } from '../proxy/config.ts';
import type { RunningServer } from '../proxy/server.ts';
import { StartError } from '../proxy/start-error.ts';
import { CliError, EXIT } from './cli-error.ts';
import { packageVersion } from './package-version.ts';
import { requireFiles } from './required-files.ts';
import { DEFAULT_WEB_URL, webUrl } from './web-url.ts';

/** @throws CliError with exit code 78 for wrong files, 69 for what is unreachable or taken */
export async function runServer(
  config: Config,
  options: { readonly log: Logger; readonly command?: string },
): Promise<RunningServer> {
  requireFiles(config);
  // Not before it is needed: `serve --help` and a mistake in the config should not wait for a SQL parser.
  const { startServer } = await import('../proxy/server.ts');
  try {
    return await startServer(config, { ...options, version: packageVersion(), confirmOptions: confirmOptions(config) });
  } catch (error) {
    if (error instanceof StartError) {
      throw new CliError(error.message, error.isConfiguration ? EXIT.config : EXIT.unavailable);
    }
    throw error;
  }
}

/** What `confirm` must be told on a machine that has no config: people type the command where they are. */
function confirmOptions(config: Config): string {
  const url = webUrl(config);
  return url === DEFAULT_WEB_URL || config.web.listen.port === 0 ? '' : ` --url ${url}`;
}

/** A key press on a terminal arrives twice under npm, which passes the signal on to those who have got it already. */
const SAME_KEY_PRESS_MS = 500;

/** Resolves with the first signal that asks to stop. A second one ends the process at once. */
export async function stopSignal(
  signals: readonly NodeJS.Signals[],
  nowMs: () => number = () => performance.now(),
): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstMs !== undefined && nowMs() - firstMs > SAME_KEY_PRESS_MS) process.exit(EXIT.interrupted);
      firstMs ??= nowMs();
      resolve(signal);
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

/** SIGHUP reads policies, people and certificates again; what is wrong is in the log. */
export function reloadOnSighup(server: RunningServer): void {
  process.on('SIGHUP', () => void server.reload());
}
