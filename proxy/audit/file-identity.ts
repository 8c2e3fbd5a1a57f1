import { statSync } from 'node:fs';

/** Throws once a file of the store is no longer the one that was opened. */
export type FileIdentity = { check(): void };

/**
 * A file that is removed under a running process goes on taking writes that nobody will ever read: SQLite would report
 * success and the audit would be gone. Called for each batch (two stat calls, some microseconds).
 */
export function rememberFiles(paths: readonly string[]): FileIdentity {
  const known = paths.map((path) => ({ path, inode: inodeOf(path) }));
  return {
    check() {
      for (const { path, inode } of known) {
        if (inodeOf(path) !== inode)
          throw new Error(`${path} was removed or replaced while it was in use; restart stepward`);
      }
    },
  };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
