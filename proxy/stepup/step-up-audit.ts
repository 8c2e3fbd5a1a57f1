import type { AuditLog, AuditSubject, EventEntry } from '../audit/entry.ts';
import type { StepUpLog } from './log.ts';

export type StepUpEvent = {
  readonly type: EventEntry['type'];
  readonly subject?: Partial<AuditSubject>;
  readonly data: EventEntry['data'];
};

/** Audit rows of the step-up. The code that a person types is never among the data. */
export type StepUpAudit = {
  /** For what has happened anyway (withdrawn, expired, refused): a failure is logged. */
  note(event: StepUpEvent): void;
  /** For what must not take effect without its row: rejects when it cannot be written. */
  commit(events: readonly StepUpEvent[]): Promise<void>;
};

export function createStepUpAudit(deps: {
  readonly audit: AuditLog;
  readonly nowMs: () => number;
  readonly log: StepUpLog;
}): StepUpAudit {
  const append = ({ type, subject, data }: StepUpEvent) =>
    deps.audit.append({ kind: 'event', atMs: deps.nowMs(), type, ...(subject && { subject }), data });
  return {
    note(event) {
      append(event).catch((error: unknown) => {
        deps.log.error({ err: error, type: event.type }, 'audit row of the step-up could not be written');
      });
    },
    async commit(events) {
      await Promise.all(events.map(append));
    },
  };
}
