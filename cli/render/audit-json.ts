import type { AuditRecord } from '../../proxy/audit/record.ts';

/** One row as a line of JSON: the entry, with its id, an ISO time, its hash, and for a decision how it ended. */
export function auditJson(record: AuditRecord, space?: number): string {
  const { id, hash, entry } = record;
  const time = new Date(entry.atMs).toISOString();
  const common = { id, time, ...entry, hash };
  if (record.kind === 'event') return JSON.stringify(common, undefined, space);
  const { completion } = record;
  const ending = completion && {
    id: completion.id,
    time: new Date(completion.entry.atMs).toISOString(),
    ...completion.entry,
    hash: completion.hash,
  };
  return JSON.stringify({ ...common, ...(ending && { completion: ending }) }, undefined, space);
}
