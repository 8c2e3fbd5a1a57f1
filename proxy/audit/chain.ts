import { hash } from 'node:crypto';

/**
 * The hash chain: `hash(n) = SHA-256(hash(n-1) as hex, then the canonical row n)`, starting from the store's own id. A row
 * enters with its own columns and with the SHA-256 of each body that it points to, so that a changed body breaks it too.
 *
 * The chain has no key: who can write the file can recompute all of it. It shows accidents and clumsy changes; against a
 * careful one, keep a head (id and hash, as `audit verify` prints it) where that person cannot write.
 */
export type Head = { readonly id: number; readonly hash: string };

type Text = string | null;

/** A decision as it is hashed: references replaced by the hex digests of what they point to. */
export type DecisionContent = {
  readonly id: number;
  readonly at: number;
  readonly subject: string;
  readonly statement_text: string;
  readonly facts: Text;
  readonly grounds: string;
  readonly context: string;
  readonly context_now: number;
  readonly assurance_age: number;
  readonly protocol: string;
  readonly verdict: string;
  readonly catalog_version: number;
  readonly second_reader: Text;
  readonly challenge: Text;
  readonly grants: Text;
  readonly sqlstate: Text;
  readonly message: Text;
};

export type CompletionContent = {
  readonly id: number;
  readonly decision: number;
  readonly at: number;
  readonly outcome: string;
  readonly rows: number;
  readonly bytes: number;
  readonly duration_ms: number;
  readonly sqlstate: Text;
};

export type EventContent = {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly subject: Text;
  readonly data: string;
};

export function genesis(storeUid: string): Head {
  return { id: 0, hash: hash('sha256', `stepward audit store ${storeUid}`, 'hex') };
}

export function nextHash(previous: string, canonicalRow: string): string {
  return hash('sha256', previous + canonicalRow, 'hex');
}

// An array with a fixed order, since the order of an object's keys is nobody's promise.

export function canonicalDecision(row: DecisionContent): string {
  return JSON.stringify([
    'decision',
    row.id,
    row.at,
    row.subject,
    row.statement_text,
    row.facts,
    row.grounds,
    row.context,
    row.context_now,
    row.assurance_age,
    row.protocol,
    row.verdict,
    row.catalog_version,
    row.second_reader,
    row.challenge,
    row.grants,
    row.sqlstate,
    row.message,
  ]);
}

export function canonicalCompletion(row: CompletionContent): string {
  return JSON.stringify([
    'completion',
    row.id,
    row.decision,
    row.at,
    row.outcome,
    row.rows,
    row.bytes,
    row.duration_ms,
    row.sqlstate,
  ]);
}

export function canonicalEvent(row: EventContent): string {
  return JSON.stringify(['event', row.id, row.at, row.type, row.subject, row.data]);
}
