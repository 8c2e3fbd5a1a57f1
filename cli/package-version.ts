import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** package.json is one folder up in a checkout, two in the package (dist/cli). */
export function packageVersion(): string {
  const file = new URL(import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json', import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
