import { encodingRefused, noUserName, replicationRefused, tlsRequired } from './login-errors.ts';
import type { StartupMessage } from './startup-packet.ts';

export type CheckedStartup = {
  readonly user: string;
  /** With `database` always set, without `replication`, and with UTF8 for any `client_encoding` that was asked for. */
  readonly parameters: ReadonlyMap<string, string>;
};

/**
 * What a StartupMessage must be before anybody is asked for a password.
 * @throws PgError FATAL
 */
export function checkStartup(
  startup: StartupMessage,
  channel: { readonly isEncrypted: boolean; readonly requireTls: boolean },
): CheckedStartup {
  const parameters = new Map(startup.parameters);
  const user = parameters.get('user') ?? '';
  if (user === '') throw noUserName();
  if (channel.requireTls && !channel.isEncrypted) throw tlsRequired();
  if (!isFalse(parameters.get('replication'))) throw replicationRefused();
  parameters.delete('replication');
  if (parameters.has('client_encoding')) parameters.set('client_encoding', acceptedEncoding(parameters));
  if ((parameters.get('database') ?? '') === '') parameters.set('database', user);
  return { user, parameters };
}

/** PostgreSQL's boolean words, whole or cut short, that say no; and not being said at all. */
function isFalse(value: string | undefined): boolean {
  return value === undefined || /^(?:0|off?|f(?:a(?:l(?:se?)?)?)?|no?)$/i.test(value);
}

/**
 * SQL_ASCII, which psql asks for on a terminal with LANG=C, means "no conversion": the session is a UTF-8 one all the same,
 * and says so in ParameterStatus.
 */
function acceptedEncoding(parameters: ReadonlyMap<string, string>): 'UTF8' {
  const encoding = parameters.get('client_encoding') ?? '';
  const name = encoding.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (!['utf8', 'unicode', 'sqlascii'].includes(name)) throw encodingRefused(encoding);
  return 'UTF8';
}
