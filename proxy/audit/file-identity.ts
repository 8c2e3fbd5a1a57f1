import { statSync } from 'node:fs';

/** Throws once a file of the store is no longer the one that was opened. */
export type FileIdentity = { check(): void };

/**
 * A file that is removed under a running process goes on taking writes that nobody will ever read: SQLite would report
 * success and the audit would be gone. Called for each batch: a stat call is a tenth of what a commit costs.
 * @param path looked at each time
 * @param companions files that go with it, looked at every so many ms
 */
export function rememberFiles(path: string, companions: readonly string[]): FileIdentity {
  const main = remember(path);
  const others = companions.map(remember);
  let lookedAtMs = performance.now();
  return {
    check() {
      main();
      if (performance.now() - lookedAtMs < COMPANIONS_EVERY_MS) return;
      lookedAtMs = performance.now();
      for (const check of others) check();
    },
  };
}

const COMPANIONS_EVERY_MS = 50;

function remember(path: string): () => void {
  const inode = inodeOf(path);
  return () => {
    if (inodeOf(path) !== inode)
      throw new Error(`${path} was removed or replaced while it was in use; restart stepward`);
  };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
