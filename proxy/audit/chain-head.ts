import type { Database } from 'better-sqlite3';
import type { Head } from './chain.ts';
import { genesis } from './chain.ts';

/** Where the chain starts: derived from the store's own id, so that rows of another store do not fit. */
export function readGenesis(db: Database): Head {
  const store = db.prepare<[], { uid: string }>('SELECT uid FROM store').get();
  return genesis(store?.uid ?? '');
}

/** Where the chain ends, as the writer left it. */
export function readHead(db: Database): Head {
  const head = db.prepare<[], { id: number; hash: Buffer }>('SELECT id, hash FROM head').get();
  return head === undefined ? readGenesis(db) : { id: head.id, hash: head.hash.toString('hex') };
}
