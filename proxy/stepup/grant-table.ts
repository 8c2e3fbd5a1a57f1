import type { Grant } from './grant.ts';
import { grantRow } from './grant.ts';
import type { StepUpLog } from './log.ts';
import type { StateDb } from './state-db.ts';

/** Ended grants stay for `grants list --all`; the audit store keeps them for good. */
const keepEndedMs = 7 * 24 * 60 * 60_000;

export type GrantTable = {
  insert(grant: Grant): void;
  revoke(id: string, atMs: number): void;
  /** Newest first; rows that cannot be read are left out and logged. */
  all(): readonly Grant[];
  prune(nowMs: number): void;
};

export function createGrantTable(db: StateDb, log: StepUpLog): GrantTable {
  const insert = db.prepare(
    `INSERT INTO grant_ (id, person, address, challenge_id, covers, methods, aal, proved_at_ms, expires_at_ms)
     VALUES (@id, @person, @address, @challengeId, @covers, @methods, @aal, @provedAtMs, @expiresAtMs)`,
  );
  const revoke = db.prepare('UPDATE grant_ SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL');
  const all = db.prepare('SELECT * FROM grant_ ORDER BY proved_at_ms DESC, rowid DESC');
  const prune = db.prepare('DELETE FROM grant_ WHERE expires_at_ms < ?');
  return {
    insert: (grant) => {
      insert.run({ ...grant, covers: JSON.stringify(grant.covers), methods: JSON.stringify(grant.methods) });
    },
    revoke: (id, atMs) => {
      revoke.run(atMs, id);
    },
    all: () => all.all().flatMap((row) => readRow(row, log)),
    prune: (nowMs) => {
      prune.run(nowMs - keepEndedMs);
    },
  };
}

function readRow(row: unknown, log: StepUpLog): readonly Grant[] {
  const parsed = grantRow.safeParse(row);
  if (parsed.success) return [parsed.data];
  log.error({ err: parsed.error }, 'a grant in state.db cannot be read and is ignored');
  return [];
}
