import type { LiveSession, SessionInfo } from './session-types.ts';

/** The live sessions of this process. */
export class SessionRegistry {
  readonly #sessions = new Map<string, LiveSession>();
  #emptied: (() => void)[] = [];

  add(session: LiveSession): void {
    this.#sessions.set(session.id, session);
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

  /** Asks each session to end when nothing of it runs; resolves when all have. */
  async drain(): Promise<void> {
    if (this.#sessions.size === 0) return;
    const emptied = new Promise<void>((resolve) => this.#emptied.push(resolve));
    for (const session of this.#sessions.values()) session.drain();
    await emptied;
  }
}
