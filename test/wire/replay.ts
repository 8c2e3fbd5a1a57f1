import { answerSasl } from './authenticate.ts';
import { WireConnection } from './connection.ts';
import { describeMessage } from './describe.ts';
import { encodeMessage } from './encode.ts';
import { type Account, logIn } from './log-in.ts';
import type { Script, Step, Until } from './script.ts';

/** Where a script is run. */
export type Target = Account & {
  /** As the superuser, straight on PostgreSQL. */
  readonly sql: (statement: string) => Promise<readonly unknown[]>;
};

/** What an `until` has read. */
export type Reading = { readonly until: Until; readonly replies: readonly string[] };

/** What is not said in scripts: the connection has ended; something came behind the last `until`. */
const CLOSED = 'Closed';

/** Runs a script to its end, whatever the answers are. */
export async function replay(script: Script, target: Target): Promise<readonly Reading[]> {
  const player = new Player(target);
  try {
    const readings: Reading[] = [];
    for (const step of script.steps) {
      const replies = await player.perform(step);
      if (replies !== undefined && step.kind === 'until') readings.push({ until: step, replies });
    }
    await player.finish();
    return readings;
  } finally {
    player.destroy();
  }
}

/** Something that is no message, such as an error in the form of protocol 2. */
function describeRest(bytes: Buffer): readonly string[] {
  return bytes.length === 0 ? [] : [`Rest ${JSON.stringify(bytes.toString('latin1'))}`];
}

class Player {
  readonly #target: Target;
  readonly #connections = new Map<string, WireConnection>();
  #current = 'a';

  constructor(target: Target) {
    this.#target = target;
  }

  async perform(step: Step): Promise<readonly string[] | undefined> {
    switch (step.kind) {
      case 'on':
        this.#current = step.connection;
        return undefined;
      case 'raw':
        this.#connections.set(this.#current, await WireConnection.open(this.#target.port));
        return undefined;
      case 'login':
        await this.#logIn(step.version, step.parameters);
        return undefined;
      case 'tls':
        await (await this.#connection()).startTls(step.alpn);
        return undefined;
      case 'authenticate':
        await answerSasl(await this.#connection(), step.password ?? this.#target.password);
        return undefined;
      case 'sql':
        await this.#target.sql(this.#fill(step.statement));
        return undefined;
      case 'asleep':
        await this.#waitForSleep();
        return undefined;
      case 'send': {
        const connection = await this.#connection();
        connection.send(Buffer.concat(step.messages.map((line) => encodeMessage(this.#fill(line)))));
        return undefined;
      }
      case 'until':
        return this.#readUntil(await this.#connection(), step);
    }
  }

  async #waitForSleep(): Promise<void> {
    const question = `SELECT 1 FROM pg_stat_activity WHERE usename = '${this.#target.user}' AND wait_event = 'PgSleep'`;
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
      if ((await this.#target.sql(question)).length > 0) return;
    }
    throw new Error('nobody went to sleep');
  }

  /** A logged-in connection must have nothing more to say. @throws Error with what it said */
  async finish(): Promise<void> {
    for (const [name, connection] of this.#connections) {
      if (connection.pid === 0 || connection.isClosed) continue;
      connection.send(encodeMessage('Terminate'));
      const message = await connection.readMessage();
      if (message) throw new Error(`behind the end, on ${name}: ${this.#describe(message)}`);
    }
  }

  destroy(): void {
    for (const connection of this.#connections.values()) connection.destroy();
  }

  async #connection(): Promise<WireConnection> {
    return this.#connections.get(this.#current) ?? (await this.#logIn('3.0', []));
  }

  async #logIn(version: string, parameters: readonly string[]): Promise<WireConnection> {
    const connection = await logIn(this.#target, version, parameters);
    this.#connections.set(this.#current, connection);
    return connection;
  }

  async #readUntil(
    connection: WireConnection,
    { type, count }: Pick<Until, 'type' | 'count'>,
  ): Promise<readonly string[]> {
    if (type === 'Byte') return [`Byte ${(await connection.readByte())?.toString('latin1') ?? CLOSED}`];
    const replies: string[] = [];
    let left = count;
    while (left > 0) {
      const message = await connection.readMessage();
      if (!message) return [...replies, ...describeRest(connection.takeRest()), CLOSED];
      const reply = this.#describe(message);
      replies.push(reply);
      if (reply.split(' ')[0] === type) left -= 1;
    }
    return replies;
  }

  #describe(message: Buffer): string {
    const pids = new Map([...this.#connections].map(([name, { pid }]) => [pid, name]));
    return describeMessage(message, pids);
  }

  #fill(line: string): string {
    return line
      .replaceAll('$user', this.#target.user)
      .replaceAll('$database', this.#target.database)
      .replaceAll(/\$pid\((\w+)\)/g, (_, name: string) => String(this.#connections.get(name)?.pid))
      .replaceAll(
        /\$secret\((\w+)\)/g,
        (_, name: string) => `\\x${this.#connections.get(name)?.secret.toString('hex') ?? ''}`,
      );
  }
}
