import type { AuditLog, EventEntry } from './audit/entry.ts';

/** Writes an event of the server itself. Never rejects: what happened has happened, and the failure is logged. */
export type Note = (type: EventEntry['type'], data: EventEntry['data']) => Promise<void>;

export function createNote(audit: AuditLog, incident: (error: unknown) => string): Note {
  return async (type, data) => {
    try {
      await audit.append({ kind: 'event', atMs: Date.now(), type, data });
    } catch (error) {
      incident(error);
    }
  };
}
