import { hash } from 'node:crypto';
import type { Database, Statement } from 'better-sqlite3';
import { BoundedCache } from './bounded-cache.ts';

/** A stored body: the row that holds it, and the SHA-256 (hex) under which it enters the chain. */
export type BodyRef = { readonly id: number; readonly digest: string };

export const DICTIONARIES = ['subject', 'statement_text', 'facts', 'grounds', 'context'] as const;
export type DictionaryName = (typeof DICTIONARIES)[number];

export function digestOf(body: string): string {
  return hash('sha256', body, 'hex');
}

/** Bodies that are stored once, with the ones used lately kept in memory. Used within the writer's transaction only. */
export class Dictionary {
  readonly #known = new BoundedCache<BodyRef>({ maxEntries: 5_000, maxChars: 4 * 1024 * 1024 });
  readonly #find: Statement<[Buffer], { id: number }>;
  readonly #insert: Statement<[Buffer, string]>;

  constructor(db: Database, name: DictionaryName) {
    this.#find = db.prepare(`SELECT id FROM ${name} WHERE digest = ?`);
    this.#insert = db.prepare(`INSERT INTO ${name} (digest, body) VALUES (?, ?)`);
  }

  refer(body: string): BodyRef {
    const known = this.#known.get(body);
    if (known !== undefined) return known;
    const ref = this.#store(body);
    this.#known.set(body, ref);
    return ref;
  }

  /** Must follow a rollback: what it added is gone. */
  forget(): void {
    this.#known.clear();
  }

  #store(body: string): BodyRef {
    // SQLite stores UTF-8, in which a lone surrogate cannot be written: what is hashed must be what is read again.
    const wellFormed = body.toWellFormed();
    const digest = digestOf(wellFormed);
    const key = Buffer.from(digest, 'hex');
    const id = this.#find.get(key)?.id ?? Number(this.#insert.run(key, wellFormed).lastInsertRowid);
    return { id, digest };
  }
}
