import { answerSasl } from './authenticate.ts';
import { WireConnection } from './connection.ts';
import { encodeMessage } from './encode.ts';

export type Account = {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
};

/** A connection that is ready for its first message. @throws Error when it is not let in */
export async function logIn(
  { port, user, database, password }: Account,
  version = '3.0',
  parameters: readonly string[] = [],
): Promise<WireConnection> {
  const connection = await WireConnection.open(port);
  connection.send(
    encodeMessage(`StartupMessage ${version} user=${user} database=${database} ${parameters.join(' ')}`.trim()),
  );
  await readTo(connection, 'R');
  await answerSasl(connection, password);
  await readTo(connection, 'Z');
  return connection;
}

async function readTo(connection: WireConnection, type: string): Promise<void> {
  for (;;) {
    const message = await connection.readMessage();
    if (message?.toString('latin1', 0, 1) === type) return;
    if (message === undefined) throw new Error('not let in');
  }
}
