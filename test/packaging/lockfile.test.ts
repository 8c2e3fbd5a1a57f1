import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const Entry = z.looseObject({ optionalDependencies: z.record(z.string(), z.string()).default({}) });
const { packages } = z
  .object({ packages: z.record(z.string(), Entry) })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const manifest = z
  .object({ allowScripts: z.record(z.string(), z.boolean()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

describe('package-lock.json (npm run lock mends it)', () => {
  it('lists every optional package of every platform: npm ci of npm 11 refuses the file otherwise', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('keeps npm from building better-sqlite3, which needs Python and a compiler and ships its binaries anyway', () => {
    expect(packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false });
    expect(manifest.allowScripts['better-sqlite3']).toBe(false);
  });

  it('names no host', () => {
    expect(Object.values(packages).filter((entry) => 'resolved' in entry)).toEqual([]);
  });
});
