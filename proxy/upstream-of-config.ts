import { readFileSync } from 'node:fs';
import type { UpstreamTarget } from './auth/upstream-target.ts';
import type { Config } from './config.ts';

/**
 * Where to log in, as the config says.
 * @throws Error when the certificate authority's file cannot be read
 */
export function upstreamTarget({ upstream }: Config): UpstreamTarget {
  const { host, port, database, user, password, tls } = upstream;
  const ca = tls.ca === undefined ? {} : { ca: readFileSync(tls.ca, 'utf8') };
  return {
    host,
    port,
    database,
    user,
    password,
    tls: { mode: tls.mode, ...ca },
    connectTimeoutMs: upstream.connectTimeoutSeconds * 1000,
  };
}
