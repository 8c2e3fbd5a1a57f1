import { join } from 'node:path';

/** The files that stepward keeps in `dataDir`, by one name each for the server and the CLI. */
export function auditPath(dataDir: string): string {
  return join(dataDir, 'audit.db');
}

export function statePath(dataDir: string): string {
  return join(dataDir, 'state.db');
}

export function controlSocketPath(dataDir: string): string {
  return join(dataDir, 'control.sock');
}
