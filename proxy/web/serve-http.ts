import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { WebEnv } from './step-up-app.ts';

export type HttpService = {
  /** 0 for a UNIX socket. */
  readonly port: number;
  close(): Promise<void>;
};

export type ListenTarget = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Serves an application with limits on what one peer can hold open.
 * @throws Error from listen: EADDRINUSE, EACCES, ...
 */
export async function serveHttp(app: Hono<WebEnv>, target: ListenTarget): Promise<HttpService> {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 8 * 1024,
    },
    listenerOf(app),
  );
  server.maxConnections = 256;
  await listen(server, target);
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close: () => closeServer(server) };
}

function listenerOf(app: Hono<WebEnv>): (...args: Parameters<ReturnType<typeof getRequestListener>>) => void {
  // The globals Request and Response stay Node's own: the rest of the process has not asked for others.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  // It answers its own failures with 500; nothing is left to handle here.
  return (incoming, outgoing) => void listener(incoming, outgoing);
}

function listen(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(target, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
