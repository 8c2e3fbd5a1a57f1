import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { encodeSslRequest } from '../wire/frontend-encode.ts';
import { SocketReader } from './socket-reader.ts';
import { isUnixSocket, type UpstreamTarget } from './upstream-target.ts';

/** The kernel's own two hours are long for a session that waits for a server that has vanished. */
const KEEP_ALIVE_MS = 60_000;

/**
 * A connection to upstream, encrypted as the target asks, before any start-up packet.
 * @param signal ends the attempt, whatever it waits for
 * @returns paused
 * @throws Error with the cause: refused, unknown host, no TLS, certificate not believed...
 */
export async function openUpstreamSocket(target: UpstreamTarget, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = isUnixSocket(target)
    ? connectTcp({ path: `${target.host}/.s.PGSQL.${target.port}` })
    : connectTcp({
        host: target.host,
        port: target.port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      });
  socket.pause();
  try {
    await ready(socket, 'connect', signal);
    // As libpq does: nobody listens in on a Unix socket.
    if (target.tls.mode === 'disable' || isUnixSocket(target)) return socket;
    return await encrypt(socket, target, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function encrypt(socket: Socket, target: UpstreamTarget, signal: AbortSignal): Promise<Socket> {
  const reader = new SocketReader(socket);
  const stop = (): unknown => reader.detach();
  signal.addEventListener('abort', stop, { once: true });
  socket.write(encodeSslRequest());
  const answer = await reader.readBytes(1);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (answer?.toString('latin1') !== 'S') throw new Error('upstream does not offer TLS');
  // Bytes in the clear must not count as sent inside TLS (CVE-2021-23222, the client's side).
  if (reader.unreadBytes > 0) throw new Error('upstream sent unencrypted data after its answer to SSLRequest');
  reader.detach();
  const stream = connectTls(tlsOptions(socket, target));
  stream.pause();
  try {
    await ready(stream, 'secureConnect', signal);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return stream;
}

function tlsOptions(socket: Socket, { host, tls }: UpstreamTarget): ConnectionOptions {
  const ca = tls.ca === undefined ? {} : { ca: tls.ca };
  const name = isIP(host) === 0 ? { host, servername: host } : { host };
  const options = { socket, ...name, ...ca, minVersion: 'TLSv1.2', ALPNProtocols: ['postgresql'] } as const;
  if (tls.mode === 'verify-full') return options;
  // sslmode=require: whoever answers is believed; with a CA only whom it vouches for, under any name (verify-ca).
  return { ...options, rejectUnauthorized: tls.ca !== undefined, checkServerIdentity: () => undefined };
}

/** Resolves at the event, rejects at an error, a close or an abort. Leaves a listener for 'error' behind. */
async function ready(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once(event, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('upstream closed the connection')));
  });
}
