import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TlsIdentity } from './tls-identity.ts';

/** ALPN's name of the protocol, as one element of an ALPN list. @see PostgreSQL manual, "SSL Session Encryption" */
const ALPN_POSTGRESQL = Buffer.from('\x0apostgresql', 'latin1');

/**
 * The server's side of a TLS handshake on an accepted connection.
 * @param raw paused, nobody else reading it; what it has buffered is taken as the beginning of the handshake
 * @param requireAlpn for direct TLS: without it, a request meant for another protocol could be answered (ALPACA)
 * @returns paused; undefined when the handshake failed (`raw` is destroyed then)
 */
export async function acceptTls(
  raw: Socket,
  identity: TlsIdentity,
  options: { readonly requireAlpn: boolean },
): Promise<TLSSocket | undefined> {
  const stream = new TLSSocket(raw, {
    isServer: true,
    secureContext: identity.context,
    ALPNProtocols: ALPN_POSTGRESQL,
  });
  stream.on('error', () => raw.destroy());
  stream.pause();
  const isSecure = await new Promise<boolean>((resolve) => {
    stream.once('secure', () => resolve(true));
    stream.once('error', () => resolve(false));
    stream.once('close', () => resolve(false));
    raw.once('close', () => resolve(false));
  });
  if (isSecure && (!options.requireAlpn || stream.alpnProtocol === 'postgresql')) return stream;
  stream.destroy();
  raw.destroy();
  return undefined;
}
