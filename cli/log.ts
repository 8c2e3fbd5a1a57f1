import { destination, type Logger, pino } from 'pino';
import type { Config } from '../proxy/config.ts';

/** JSON lines on standard error, or in a file. */
export function createLog(config: Config, file?: string): Logger {
  const options = {
    level: config.log.level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return pino(
    options,
    destination(file === undefined ? { dest: 2, sync: true } : { dest: file, sync: true, mode: 0o600 }),
  );
}
