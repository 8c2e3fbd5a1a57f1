import type { AuditLog } from './audit/entry.ts';
import type { CarriedTagStore } from './carried-tags.ts';
import type { GateDeps } from './session/gate-deps.ts';

type Deps = { readonly carried: CarriedTagStore; readonly audit: AuditLog; readonly nowMs: () => number };

/** Stores the tags that a permitted statement is about to carry over, with an audit row for each column that is new. */
export function createCarryTags({ carried, audit, nowMs }: Deps): GateDeps['carryTags'] {
  return async (carries, { principal, sessionId, address, application, database }) => {
    const subject = { sessionId, principal: principal.id, groups: principal.groups, address, application, database };
    const rows = carried.carry(carries, principal.id);
    for (const { target, tag, sources } of rows) {
      const data = { target, tag, sources };
      await audit.append({ kind: 'event', atMs: nowMs(), type: 'tags.carried', subject, data });
    }
  };
}
