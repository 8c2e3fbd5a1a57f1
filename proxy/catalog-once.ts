import { randomBytes } from 'node:crypto';
import type { Catalog } from '../policy/catalog/catalog.ts';
import { loadCatalog } from '../policy/catalog/load.ts';
import { catalogQuery } from './auth/simple-query.ts';
import { connectUpstream } from './auth/upstream-connect.ts';
import type { Config } from './config.ts';
import { systemTimers } from './stepup/timers.ts';
import { upstreamTarget } from './upstream-of-config.ts';

/** Reads the catalog on a connection of its own, for commands. @throws Error when upstream cannot be used */
export async function readCatalogOnce(config: Config): Promise<Catalog> {
  const parameters = new Map([['application_name', 'stepward']]);
  const connection = await connectUpstream(upstreamTarget(config), parameters, { randomBytes, timers: systemTimers });
  connection.stream.on('error', () => undefined);
  try {
    return await loadCatalog(catalogQuery(connection, { timers: systemTimers, timeoutMs: 60_000 }), 1);
  } finally {
    connection.stream.destroy();
  }
}
