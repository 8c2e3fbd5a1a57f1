import type { Database } from 'better-sqlite3';
import type { CompletionContent, DecisionContent, EventContent, Head } from './chain.ts';
import { canonicalCompletion, canonicalDecision, canonicalEvent, nextHash } from './chain.ts';
import { readGenesis, readNotedHead } from './chain-head.ts';
import { DICTIONARIES, digestOf } from './dictionary.ts';

export type Verification =
  | { readonly kind: 'intact'; readonly rows: number; readonly head: Head }
  /** `id` is the first row that does not fit; all before it do. */
  | { readonly kind: 'broken'; readonly id: number; readonly problem: string; readonly intactRows: number };

type Stored = { readonly hash: string };
type Link = { readonly id: number; readonly hash: string; readonly canonical: string };

/**
 * Re-computes the hash chain over a consistent snapshot of the store, while the proxy may be writing.
 * @param anchor a head that was noted down earlier, elsewhere: without one, rows cut off at the end cannot be noticed by
 *   the chain itself (the store's own `head` row is looked for, but can be changed with them)
 */
export function verifyChain(db: Database, anchor?: Head): Verification {
  return db.transaction(() => verifySnapshot(db, anchor))();
}

function verifySnapshot(db: Database, anchor: Head | undefined): Verification {
  const damaged = damagedBody(db);
  const noted = readNotedHead(db);
  let head = readGenesis(db);
  let isNotedFound = noted.id === head.id && noted.hash === head.hash;
  let rows = 0;
  const broken = (id: number, problem: string): Verification => ({ kind: 'broken', id, problem, intactRows: rows });
  for (const link of linksInOrder(db)) {
    if (link.id !== head.id + 1) return broken(head.id + 1, gap(head.id + 1, link.id));
    if (nextHash(head.hash, link.canonical) !== link.hash)
      return broken(link.id, 'its content does not match its hash');
    head = { id: link.id, hash: link.hash };
    rows++;
    if (noted.id === head.id && noted.hash === head.hash) isNotedFound = true;
    if (anchor?.id === head.id && anchor.hash !== head.hash) return broken(head.id, 'it is not the row of the anchor');
  }
  if (!isNotedFound) return broken(head.id + 1, cutOff(noted.id));
  if (anchor !== undefined && anchor.id > head.id) return broken(head.id + 1, cutOff(anchor.id));
  return damaged === undefined ? { kind: 'intact', rows, head } : broken(firstRowOf(db, damaged), bodyProblem(damaged));
}

function gap(from: number, to: number): string {
  return to < from
    ? 'its number is there twice'
    : to === from + 1
      ? 'it is missing'
      : `rows ${from} to ${to - 1} are missing`;
}

function cutOff(lastKnown: number): string {
  return `the end is missing: the store once had row ${lastKnown}`;
}

type BodyAt = { readonly table: (typeof DICTIONARIES)[number]; readonly id: number };

function bodyProblem({ table, id }: BodyAt): string {
  return `the body it points to (${table} ${id}) does not match its digest`;
}

/** The chain covers the digests; here each body is compared with its own. */
function damagedBody(db: Database): BodyAt | undefined {
  for (const table of DICTIONARIES) {
    const bodies = db.prepare<[], { id: number; digest: Buffer; body: string }>(
      `SELECT id, digest, body FROM ${table}`,
    );
    for (const { id, digest, body } of bodies.iterate()) {
      if (digestOf(body) !== digest.toString('hex')) return { table, id };
    }
  }
  return undefined;
}

function firstRowOf(db: Database, { table, id }: BodyAt): number {
  const first = (sql: string) => db.prepare<[number], { id: number | null }>(sql).get(id)?.id ?? Infinity;
  const inDecision = first(`SELECT min(id) AS id FROM decision WHERE ${table} = ?`);
  const inEvent = table === 'subject' ? first('SELECT min(id) AS id FROM event WHERE subject = ?') : Infinity;
  const row = Math.min(inDecision, inEvent);
  return Number.isFinite(row) ? row : 0;
}

/** All rows of the three tables by id, without holding more than one of each in memory. */
function* linksInOrder(db: Database): Generator<Link> {
  const sources = [decisionLinks(db), completionLinks(db), eventLinks(db)];
  try {
    const next = sources.map((source) => source.next());
    for (let at = lowest(next); at !== undefined; at = lowest(next)) {
      const step = next[at];
      const source = sources[at];
      if (step === undefined || step.done || source === undefined) return;
      yield step.value;
      next[at] = source.next();
    }
  } finally {
    // A query that is not read to its end keeps the connection busy.
    for (const source of sources) source.return(undefined);
  }
}

function lowest(steps: readonly IteratorResult<Link>[]): number | undefined {
  let found: { readonly at: number; readonly id: number } | undefined;
  for (const [at, step] of steps.entries()) {
    if (!step.done && (found === undefined || step.value.id < found.id)) found = { at, id: step.value.id };
  }
  return found?.at;
}

// A reference whose body is gone gives an empty digest, which no row was hashed with: the chain breaks there.

function* decisionLinks(db: Database): Generator<Link> {
  const rows = db.prepare<[], DecisionContent & Stored>(`
    SELECT d.*, lower(hex(d.hash)) AS hash, lower(hex(s.digest)) AS subject, lower(hex(t.digest)) AS statement_text,
      CASE WHEN d.facts IS NULL THEN NULL ELSE lower(hex(f.digest)) END AS facts,
      lower(hex(g.digest)) AS grounds, lower(hex(c.digest)) AS context
    FROM decision d LEFT JOIN subject s ON s.id = d.subject LEFT JOIN statement_text t ON t.id = d.statement_text
    LEFT JOIN facts f ON f.id = d.facts LEFT JOIN grounds g ON g.id = d.grounds
    LEFT JOIN context c ON c.id = d.context ORDER BY d.id`);
  for (const row of rows.iterate()) yield { id: row.id, hash: row.hash, canonical: canonicalDecision(row) };
}

function* completionLinks(db: Database): Generator<Link> {
  const rows = db.prepare<[], CompletionContent & Stored>(
    'SELECT *, lower(hex(hash)) AS hash FROM completion ORDER BY id',
  );
  for (const row of rows.iterate()) yield { id: row.id, hash: row.hash, canonical: canonicalCompletion(row) };
}

function* eventLinks(db: Database): Generator<Link> {
  const rows = db.prepare<[], EventContent & Stored>(`
    SELECT e.*, lower(hex(e.hash)) AS hash,
      CASE WHEN e.subject IS NULL THEN NULL ELSE lower(hex(s.digest)) END AS subject
    FROM event e LEFT JOIN subject s ON s.id = e.subject ORDER BY e.id`);
  for (const row of rows.iterate()) yield { id: row.id, hash: row.hash, canonical: canonicalEvent(row) };
}
