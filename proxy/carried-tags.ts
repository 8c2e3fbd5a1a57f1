import { z } from 'zod';
import type { Resource } from '../policy/access/facts.ts';
import { resourceKey } from '../policy/access/facts.ts';
import type { CarriedTagSource } from '../policy/engine/carried.ts';
import type { CarriedTags } from '../policy/engine/decision.ts';
import type { StateDb } from './stepup/state-db.ts';

/** A tag that a column carries because values of tagged columns were brought into it, and how it came to that. */
export type CarriedTagRow = {
  /** `schema.table.column`, or `schema.table` where it is not known which column: resourceKey(). */
  readonly target: string;
  readonly tag: string;
  /** The columns that it came from, the first time. */
  readonly sources: readonly string[];
  /** Who ran that statement. */
  readonly person: string;
  readonly sinceMs: number;
};

const stored = z.object({
  target: z.string(),
  tag: z.string(),
  sources: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  person: z.string(),
  since_ms: z.number(),
});

/** More sources than anybody wants to read. */
const MAX_SOURCES = 20;

/**
 * The carried tags: in memory for decisions, in state.db for the next start. They are by name: a rename through stepward
 * copies them, one made elsewhere leaves them behind. A tag is written before the statement is forwarded, and stays where that fails or is rolled back: too many ask for
 * a proof in vain, too few let data out.
 */
export class CarriedTagStore implements CarriedTagSource {
  readonly #db: StateDb;
  readonly #nowMs: () => number;
  readonly #tags = new Map<string, Set<string>>();
  #version = 0;

  /** @throws Error where the table cannot be read: decisions without it would be wrong */
  constructor(db: StateDb, nowMs: () => number) {
    this.#db = db;
    this.#nowMs = nowMs;
    for (const { target, tag } of this.list()) this.#remember(target, tag);
  }

  get version(): string {
    return String(this.#version);
  }

  tagsOn(resource: Resource): readonly string[] {
    if (this.#tags.size === 0) return [];
    return [...(this.#tags.get(resourceKey(resource)) ?? [])];
  }

  /**
   * All of them, in one transaction.
   * @returns those that are new
   * @throws Error when state.db cannot be written; then nothing is carried
   */
  carry(carries: readonly CarriedTags[], person: string): readonly CarriedTagRow[] {
    const rows = carries.flatMap((one) => this.#rowsOf(one, person));
    const insert = this.#db.prepare(
      'INSERT INTO carried_tag (target, tag, sources, person, since_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    const write = this.#db.transaction(() => {
      for (const { target, tag, sources, person: by, sinceMs } of rows) {
        insert.run(target, tag, JSON.stringify(sources), by, sinceMs);
      }
    });
    if (rows.length === 0) return rows;
    write.immediate();
    for (const { target, tag } of rows) this.#remember(target, tag);
    this.#version += 1;
    return rows;
  }

  /** Oldest first. */
  list(): readonly CarriedTagRow[] {
    const rows = this.#db.prepare('SELECT * FROM carried_tag ORDER BY since_ms, target, tag').all();
    return rows.map((row) => {
      const { since_ms: sinceMs, ...rest } = stored.parse(row);
      return { ...rest, sinceMs };
    });
  }

  /**
   * Takes tags away from a column, or from a table.
   * @param tag one of them; undefined: all
   * @returns those that it carried
   */
  drop(target: string, tag?: string): readonly string[] {
    const carried = [...(this.#tags.get(target) ?? [])].filter((one) => tag === undefined || one === tag);
    const remove = this.#db.prepare('DELETE FROM carried_tag WHERE target = ? AND tag = ?');
    for (const one of carried) {
      remove.run(target, one);
      this.#tags.get(target)?.delete(one);
    }
    if (carried.length > 0) this.#version += 1;
    return carried;
  }

  #rowsOf({ target, tags, sources }: CarriedTags, person: string): readonly CarriedTagRow[] {
    const key = resourceKey(target);
    const known = this.#tags.get(key);
    const from = [...new Set(sources.map(resourceKey))].slice(0, MAX_SOURCES);
    return tags
      .filter((tag) => known?.has(tag) !== true)
      .map((tag) => ({ target: key, tag, sources: from, person, sinceMs: this.#nowMs() }));
  }

  #remember(target: string, tag: string): void {
    const known = this.#tags.get(target);
    if (known === undefined) this.#tags.set(target, new Set([tag]));
    else known.add(tag);
  }
}
