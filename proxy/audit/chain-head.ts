import type { Database } from 'better-sqlite3';
import type { Head } from './chain.ts';
import { genesis } from './chain.ts';

/** Where the chain starts: derived from the store's own id, so that rows of another store do not fit. */
export function readGenesis(db: Database): Head {
  const store = db.prepare<[], { uid: string }>('SELECT uid FROM store').get();
  return genesis(store?.uid ?? '');
}

type Row = { readonly id: number; readonly hash: Buffer };

/** The end of the chain that the writer noted last; up to some milliseconds of decisions may have been committed since. */
export function readNotedHead(db: Database): Head {
  const noted = db.prepare<[], Row>('SELECT id, hash FROM head').get();
  return noted === undefined ? readGenesis(db) : headOf(noted);
}

/** Where the chain ends. Completions never end it without being noted: their table has no order by id to look in. */
export function readHead(db: Database): Head {
  const noted = readNotedHead(db);
  const later = ['decision', 'event'].flatMap((table) => {
    const sql = `SELECT id, hash FROM ${table} WHERE id > ? ORDER BY id DESC LIMIT 1`;
    const last = db.prepare<[number], Row>(sql).get(noted.id);
    return last === undefined ? [] : [headOf(last)];
  });
  return later.reduce((last, head) => (head.id > last.id ? head : last), noted);
}

function headOf({ id, hash }: Row): Head {
  return { id, hash: hash.toString('hex') };
}
