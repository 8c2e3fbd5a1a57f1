import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditStore, AuditStoreDeps } from '../../../proxy/audit/store.ts';
import { openAuditStore } from '../../../proxy/audit/store.ts';
import { NINE } from './entries.ts';

export type LogLine = { readonly level: 'info' | 'error'; readonly fields: object; readonly message: string };

/** A store in a folder of its own; the folder goes when the test is over. */
export class TempStores {
  readonly log: LogLine[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'stepward-audit-'));
  readonly #open: AuditStore[] = [];

  path(name = 'audit.db'): string {
    return join(this.#directory, name);
  }

  open(changes: Partial<AuditStoreDeps> = {}): AuditStore {
    const store = openAuditStore({
      path: this.path(),
      durability: 'process',
      nowMs: () => NINE,
      log: {
        info: (fields, message) => this.log.push({ level: 'info', fields, message }),
        error: (fields, message) => this.log.push({ level: 'error', fields, message }),
      },
      ...changes,
    });
    this.#open.push(store);
    return store;
  }

  remove(): void {
    for (const store of this.#open) store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
