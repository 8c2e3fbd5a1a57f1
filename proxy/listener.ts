import { createServer, type Server, type Socket } from 'node:net';
import type { Config } from './config.ts';
import { type ConnectionDeps, serveConnection } from './serve-connection.ts';

export type Listener = {
  readonly port: number;
  /** New connections are refused from now on; open ones go on. */
  stopAccepting(): void;
  /** Cuts whatever is still open. */
  close(): Promise<void>;
};

/** Connections that are not logged in yet may be as many again as sessions: a crowd at the door must not block it. */
const SOCKETS_PER_SESSION = 2;

/**
 * Listens for database clients.
 * @throws Error saying which address is taken or not ours
 */
export async function listen(
  config: Config,
  deps: ConnectionDeps,
  incident: (cause: unknown) => string,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serveConnection(socket, deps).catch((error: unknown) => {
      incident(error);
      socket.destroy();
    });
  });
  server.maxConnections = config.limits.maxConnections * SOCKETS_PER_SESSION;
  await bind(server, config.listen);
  const address = server.address();
  let isAccepting = true;
  const stopAccepting = (): void => {
    if (isAccepting) server.close();
    isAccepting = false;
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : config.listen.port,
    stopAccepting,
    close: async () => {
      stopAccepting();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function bind(server: Server, { host, port }: Config['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
