import type { AuditFilter, AuditReader } from '../../proxy/audit/read.ts';
import type { AuditRecord } from '../../proxy/audit/record.ts';
import type { Io } from '../io.ts';
import type { LineOptions } from '../render/audit-line.ts';
import { completionLine } from '../render/audit-line.ts';

export type Follow = {
  readonly reader: AuditReader;
  readonly filter: AuditFilter;
  /** What has been printed already. */
  readonly shown: readonly AuditRecord[];
  /** Rows up to this one have been looked at. */
  readonly afterId: number;
  readonly print: (record: AuditRecord) => string;
  readonly isJson: boolean;
  readonly lineOptions: LineOptions;
  readonly io: Io;
  readonly deps: { readonly pause: () => Promise<void>; readonly isStopped: () => boolean };
};

/** Statements whose end is waited for; one that never ends (stepward was killed) must not be asked for in all eternity. */
const MAX_RUNNING = 1_000;
const PAGE = 500;

/** Prints rows as they come. A statement that was printed before it ended gets a second line when it does. */
export async function followAudit(follow: Follow): Promise<void> {
  const { reader, filter, io, deps } = follow;
  const running = new Set<number>();
  note(follow.shown, running);
  let { afterId } = follow;
  while (!deps.isStopped()) {
    printEndings(follow, running);
    // Read before the rows: what comes in between is found by the next look.
    const head = reader.head().id;
    const records = reader.first({ ...filter, afterId }, PAGE);
    for (const record of records) io.out(follow.print(record));
    note(records, running);
    const isAtEnd = records.length < PAGE;
    afterId = Math.max(records.at(-1)?.id ?? afterId, isAtEnd ? head : 0);
    if (isAtEnd) await deps.pause();
  }
}

function note(records: readonly AuditRecord[], running: Set<number>): void {
  for (const record of records) {
    const mayEnd =
      record.kind === 'decision' && record.entry.verdict === 'allow' && record.entry.protocol !== 'connect';
    if (mayEnd && record.completion === undefined) running.add(record.id);
  }
  for (const oldest of running) {
    if (running.size <= MAX_RUNNING) return;
    running.delete(oldest);
  }
}

function printEndings({ reader, isJson, lineOptions, io }: Follow, running: Set<number>): void {
  for (const id of running) {
    const completion = reader.completion(id);
    if (completion === undefined) continue;
    running.delete(id);
    const { entry, hash } = completion;
    io.out(isJson ? JSON.stringify({ id: completion.id, ...entry, hash }) : completionLine(completion, lineOptions));
  }
}
