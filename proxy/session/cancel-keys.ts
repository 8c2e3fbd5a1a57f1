import { timingSafeEqual } from 'node:crypto';

export type CancelKey = { readonly pid: number; readonly secret: Buffer };

const MAX_PID = 0x7fff_ffff;

/** Protocol 3.0 and 3.1 have 4 bytes; 3.2 allows up to 256, and PostgreSQL 18 sends 32. */
const SHORT_SECRET_BYTES = 4;
const LONG_SECRET_BYTES = 32;

/**
 * stepward's own BackendKeyData: upstream's secret is never told to a client, and could not cancel a held
 * statement anyway.
 * @see PostgreSQL manual, "Canceling Requests in Progress"
 */
export class CancelKeys {
  readonly #randomBytes: (count: number) => Buffer;
  readonly #sessions = new Map<number, { readonly secret: Buffer; readonly cancel: () => Promise<void> }>();

  constructor(deps: { readonly randomBytes: (count: number) => Buffer }) {
    this.#randomBytes = deps.randomBytes;
  }

  /**
   * @param upstreamPid the key's pid too, unless a session that is ending still has it: drivers compare it with
   *   pg_backend_pid(), and with the sender of a notification to know their own. The secret is never upstream's
   * @param cancel called for each CancelRequest with the key; resolves when it has been handed on
   */
  issue(protocolMinor: number, upstreamPid: number, cancel: () => Promise<void>): CancelKey {
    const pid = this.#sessions.has(upstreamPid) ? this.#freePid() : upstreamPid;
    const secret = this.#randomBytes(protocolMinor >= 2 ? LONG_SECRET_BYTES : SHORT_SECRET_BYTES);
    this.#sessions.set(pid, { secret, cancel });
    return { pid, secret };
  }

  release(pid: number): void {
    this.#sessions.delete(pid);
  }

  /**
   * A CancelRequest has come. There is no answer to it, right or wrong.
   * @returns when it has been handed on: the client takes the end of its connection for that; undefined for a wrong key
   */
  cancel(pid: number, secret: Buffer): Promise<void> | undefined {
    const session = this.#sessions.get(pid);
    // Lengths are public; the comparison of equal lengths takes the same time wherever they differ.
    if (session?.secret.length !== secret.length || !timingSafeEqual(session.secret, secret)) return undefined;
    return session.cancel();
  }

  /** Positive, so that clients that print it as unsigned and those that do not agree. */
  #freePid(): number {
    for (;;) {
      const pid = this.#randomBytes(4).readUInt32BE(0) & MAX_PID;
      if (pid !== 0 && !this.#sessions.has(pid)) return pid;
    }
  }
}
