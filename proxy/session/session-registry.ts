import type { LiveSession, SessionInfo } from './session-types.ts';

/** The live sessions of this process. */
export class SessionRegistry {
  readonly #sessions = new Map<string, LiveSession>();
  #emptied: (() => void)[] = [];
  #seatsTaken = 0;
  #isDraining = false;

  /**
   * A place for one client, from the end of its login to the end of its session. Counted before the session is there:
   * a crowd that logs in at the same time would pass a look at `size` together.
   * @returns what gives it back; undefined when `max` are taken
   */
  takeSeat(max: number): (() => void) | undefined {
    if (this.#seatsTaken >= max) return undefined;
    this.#seatsTaken += 1;
    return () => {
      this.#seatsTaken -= 1;
    };
  }

  add(session: LiveSession): void {
    this.#sessions.set(session.id, session);
    if (this.#isDraining) session.drain();
  }

  remove(id: string): void {
    this.#sessions.delete(id);
    if (this.#sessions.size > 0) return;
    for (const resolve of this.#emptied) resolve();
    this.#emptied = [];
  }

  get size(): number {
    return this.#sessions.size;
  }

  list(): readonly SessionInfo[] {
    return [...this.#sessions.values()].map((session) => session.info());
  }

  /** @returns false when there is no such session */
  kill(id: string): boolean {
    const session = this.#sessions.get(id);
    session?.kill();
    return session !== undefined;
  }

  killAll(): void {
    for (const session of this.#sessions.values()) session.kill();
  }

  /** Revoking a grant stops what runs under it, on all of the person's connections. */
  stopGrant(grantId: string): void {
    for (const session of this.#sessions.values()) session.stopGrant(grantId);
  }

  /** Asks each session, and each that still comes, to end when nothing of it runs; resolves when all have. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#sessions.size === 0) return;
    const emptied = new Promise<void>((resolve) => this.#emptied.push(resolve));
    for (const session of this.#sessions.values()) session.drain();
    await emptied;
  }
}
