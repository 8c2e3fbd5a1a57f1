import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Timers } from './stepup/timers.ts';

/**
 * Calls `changed` after a file, or a file of a folder, was written, made or removed. It asks once every `everyMs` instead
 * of waiting for events of the file system, which network and container mounts do not send.
 * @returns what ends it
 */
export function watchFiles(
  paths: readonly string[],
  options: { readonly timers: Timers; readonly everyMs: number; readonly changed: () => void },
): () => void {
  let last = stateOf(paths);
  let cancel = () => {};
  const look = (): void => {
    const now = stateOf(paths);
    if (now !== last) {
      last = now;
      options.changed();
    }
    cancel = options.timers.after(options.everyMs, look);
  };
  cancel = options.timers.after(options.everyMs, look);
  return () => cancel();
}

function stateOf(paths: readonly string[]): string {
  return paths.map(pathState).join('\n');
}

function pathState(path: string): string {
  try {
    const stats = statSync(path);
    const own = `${path} ${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (!stats.isDirectory()) return own;
    const names = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
    return [own, ...names.map((entry) => pathState(join(path, entry.name)))].join('\n');
  } catch {
    return `${path} missing`;
  }
}
