import { userInfo } from 'node:os';
import type { Config } from '../proxy/config.ts';
import { controlSocketPath } from '../proxy/data-dir.ts';
import { type ControlClient, type ControlResult, createControlClient } from '../proxy/web/control-client.ts';
import { CliError, EXIT } from './cli-error.ts';

/** The running server of a config, spoken to as the user of this terminal. */
export function controlOf(config: Config): ControlClient {
  return createControlClient({ socketPath: controlSocketPath(config.dataDir), user: userInfo().username });
}

/** @throws CliError saying why there is no answer */
export function valueOf<T>(result: ControlResult<T>): T {
  if (result.ok) return result.value;
  throw new CliError(result.message, result.kind === 'failed' ? EXIT.failure : EXIT.unavailable);
}
