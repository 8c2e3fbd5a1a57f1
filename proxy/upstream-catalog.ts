import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { catalogFingerprint } from '../policy/catalog/fingerprint.ts';
import { readCatalog } from '../policy/catalog/load.ts';
import { connectUpstream } from './auth/upstream-connect.ts';
import type { UpstreamTarget } from './auth/upstream-target.ts';
import { packedQuery, unpacked } from './catalog-rows.ts';
import { type CatalogSource, startCatalogSource } from './catalog-source.ts';
import type { Config } from './config.ts';
import { messageOf, StartError } from './start-error.ts';
import { systemTimers } from './stepup/timers.ts';

/** The catalog of a database with 100,000 columns takes some seconds. */
const QUERY_TIMEOUT_MS = 30_000;

/**
 * The catalog, read on a connection of stepward's own that is made again when it is lost.
 * @throws StartError when upstream cannot be used
 */
export async function openUpstreamCatalog(
  config: Config,
  target: UpstreamTarget,
  use: Parameters<typeof startCatalogSource>[0]['use'],
  log: Logger,
): Promise<CatalogSource> {
  const parameters = new Map([['application_name', 'stepward catalog']]);
  try {
    return await startCatalogSource({
      connect: async () => {
        const connection = await connectUpstream(target, parameters, { randomBytes, timers: systemTimers });
        connection.stream.on('error', () => undefined);
        const query = packedQuery(connection, { timers: systemTimers, timeoutMs: QUERY_TIMEOUT_MS });
        return { query, close: () => connection.stream.destroy() };
      },
      load: readCatalog,
      fingerprint: async (query, before) => catalogFingerprint(unpacked(query), before),
      use,
      refreshMs: config.catalog.refreshSeconds * 1000,
      nowMs: () => Date.now(),
      setTimer: (run, ms) => systemTimers.after(ms, run),
      onError: (error) => log.warn({ err: error }, 'the catalog could not be read'),
    });
  } catch (error) {
    const { host, port, database, user } = target;
    throw new StartError(`upstream ${user}@${host}:${port}/${database} cannot be used: ${reasonOf(error)}`, {
      isConfiguration: false,
      cause: error,
    });
  }
}

/** An error made for clients hides the network's own reason in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${messageOf(error)}${cause}`;
}
