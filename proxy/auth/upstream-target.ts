/** Where the real PostgreSQL is, and the account that stepward logs in with. Never shown to a client. */
export type UpstreamTarget = {
  /** Name, IPv4, IPv6 (without brackets), or the folder of a Unix socket: then it begins with `/`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly tls: UpstreamTls;
  /** For all of it: connection, TLS and login. */
  readonly connectTimeoutMs: number;
  /** Sends the password as it is when the server asks for it on a connection without TLS. Default false. */
  readonly allowCleartextPassword?: boolean;
};

export type UpstreamTls = {
  /** `require` encrypts but believes anyone (anyone whom `ca` vouches for, where it is given); `verify-full` also checks the name. */
  readonly mode: 'disable' | 'require' | 'verify-full';
  /** Certificate authorities, PEM. Without it, `verify-full` believes those of Node. */
  readonly ca?: string;
};

export function isUnixSocket(target: UpstreamTarget): boolean {
  return target.host.startsWith('/');
}
