import type { Socket } from 'node:net';
import { encodeAuthenticationOk, encodeErrorResponse } from '../wire/backend-encode.ts';
import { authenticationFailed, internalError, PgError } from '../wire/pg-error.ts';
import type { Accepted, AcceptDeps, AcceptedCancel, AcceptedClient } from './accepted.ts';
import { type AuthenticationOutcome, authenticatePerson } from './authenticate-person.ts';
import { clientAddress } from './client-address.ts';
import { asFatal, loginTimedOut } from './login-errors.ts';
import { type LoginRecord, loginEvent } from './login-event.ts';
import { type ClientChannel, type Negotiated, negotiateStartup, negotiateVersion } from './negotiate-startup.ts';
import { checkStartup } from './startup-checks.ts';
import { NEWEST_MINOR, type StartupMessage } from './startup-packet.ts';

/** Long enough for an error to reach a client, short enough for one that does not listen. */
const GOODBYE_MS = 2000;
const CANCEL_MS = 1000;

/** One connection's way to AuthenticationOk. */
export class LoginAttempt {
  readonly #socket: Socket;
  readonly #deps: AcceptDeps;
  readonly #address: string;
  #channel: ClientChannel | undefined;
  #startup: StartupMessage | undefined;
  #isTimedOut = false;

  constructor(socket: Socket, deps: AcceptDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#address = clientAddress(socket.remoteAddress);
  }

  async run(): Promise<Accepted> {
    const negotiated = await negotiateStartup(this.#socket, {
      tls: this.#deps.tls,
      onChannel: (channel) => {
        this.#channel = channel;
      },
    });
    switch (negotiated.kind) {
      case 'closed':
        return this.#close();
      case 'cancel':
        return this.#cancel(negotiated);
      case 'startup':
        return this.#logIn(negotiated.channel, negotiated.startup);
    }
  }

  async #logIn(channel: ClientChannel, startup: StartupMessage): Promise<AcceptedClient | { readonly kind: 'closed' }> {
    this.#startup = startup;
    negotiateVersion(channel, startup);
    const { user, parameters } = checkStartup(startup, {
      isEncrypted: channel.tls !== undefined,
      requireTls: this.#deps.requireTls,
    });
    const outcome = await authenticatePerson(channel, { user, address: this.#address }, this.#deps);
    switch (outcome.kind) {
      case 'closed':
        return this.#close();
      case 'refused':
        await this.#record('login.refused', { reason: outcome.reason });
        this.#goodbye(authenticationFailed(user));
        return { kind: 'closed' };
      case 'accepted':
        return this.#accept(channel, outcome, parameters, startup.minor);
    }
  }

  async #accept(
    channel: ClientChannel,
    outcome: Extract<AuthenticationOutcome, { kind: 'accepted' }>,
    parameters: ReadonlyMap<string, string>,
    minor: number,
  ): Promise<AcceptedClient | { readonly kind: 'closed' }> {
    // INVARIANT 2 in spirit: who came in is on record before they are told that they are in.
    await this.#record('login.accepted', { mechanism: outcome.mechanism }, outcome.principal);
    if (this.#isTimedOut || channel.stream.destroyed) return this.#close();
    channel.stream.write(Buffer.concat([outcome.finalMessage, encodeAuthenticationOk()]));
    return {
      kind: 'client',
      stream: channel.stream,
      leftover: channel.reader.detach(),
      tls: channel.tls !== undefined,
      address: this.#address,
      person: outcome.principal,
      parameters,
      protocolMinor: Math.min(minor, NEWEST_MINOR),
    };
  }

  /** Ends the login with an error: the client's own fault as it is, anything else as an internal error without its text. */
  async refuse(error: unknown): Promise<void> {
    const told = error instanceof PgError ? asFatal(error) : asFatal(internalError(this.#deps.reportIncident(error)));
    if (this.#startup) await this.#recordIfPossible(told.message);
    this.#goodbye(told);
  }

  /** A store that cannot be written changes nothing for somebody who is refused already. */
  async #recordIfPossible(reason: string): Promise<void> {
    try {
      await this.#record('login.refused', { reason });
    } catch (error) {
      this.#deps.reportIncident(error);
    }
  }

  timeOut(): void {
    this.#isTimedOut = true;
    // Before its start-up packet a client has not said which protocol it speaks: PostgreSQL is silent, too.
    if (this.#startup) this.#goodbye(loginTimedOut());
    else this.#socket.destroy();
  }

  async #close(): Promise<{ readonly kind: 'closed' }> {
    if (this.#isTimedOut && this.#startup) await this.#record('login.refused', { reason: 'time-out' });
    else this.#socket.destroy();
    return { kind: 'closed' };
  }

  #cancel({ channel, pid, secret }: Extract<Negotiated, { kind: 'cancel' }>): AcceptedCancel {
    channel.reader.detach();
    const done = (): void => {
      stopTimer();
      channel.stream.destroySoon();
    };
    const stopTimer = this.#deps.timers.after(CANCEL_MS, done);
    return { kind: 'cancel', pid, secret, done };
  }

  /** Sends the error and closes. What the client still sends is read and dropped, or TCP would reset before it has read. */
  #goodbye(error: PgError): void {
    const stream = this.#channel?.stream ?? this.#socket;
    this.#channel?.reader.detach();
    if (stream.writable) stream.end(encodeErrorResponse(error));
    stream.resume();
    const stopTimer = this.#deps.timers.after(GOODBYE_MS, () => this.#socket.destroy());
    this.#socket.once('close', stopTimer);
  }

  async #record(type: LoginRecord['type'], data: LoginRecord['data'], who?: LoginRecord['who']): Promise<void> {
    const login = {
      startup: this.#startup,
      address: this.#address,
      isEncrypted: this.#channel?.tls !== undefined,
      sessionId: this.#deps.sessionId,
    };
    await this.#deps.audit.append(loginEvent({ type, data, who, login, atMs: this.#deps.nowMs() }));
  }
}
