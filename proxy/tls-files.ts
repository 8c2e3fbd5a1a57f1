import { readFileSync } from 'node:fs';
import { makeTlsIdentity, type TlsIdentity } from './auth/tls-identity.ts';
import type { Config } from './config.ts';
import { messageOf, StartError } from './start-error.ts';

/** The certificate in force; replaced at a reload. */
export type TlsHolder = { current: TlsIdentity | undefined };

/** @throws StartError naming the files */
export function openTlsFiles(config: Config): TlsHolder {
  try {
    return { current: readTls(config) };
  } catch (error) {
    throw new StartError(`tls: ${config.tls?.cert ?? ''}, ${config.tls?.key ?? ''}: ${messageOf(error)}`, {
      isConfiguration: true,
      cause: error,
    });
  }
}

/** @throws Error of the file system or of OpenSSL */
export function readTls({ tls }: Config): TlsIdentity | undefined {
  if (tls === undefined) return undefined;
  return makeTlsIdentity({ cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') });
}
