/**
 * Mends package-lock.json after `npm install`; `npm run lock` does both.
 *
 * - Packages for other platforms that the registry at hand does not carry are left out by npm, and `npm ci` of npm 11 then
 *   refuses the whole file. They are listed here from what their parents ask for.
 * - better-sqlite3 ships its binaries, but npm runs `node-gyp rebuild` because there is a binding.gyp: without Python that
 *   fails. `gypfile: false` in the lock file says no to npm 10, `allowScripts` in package.json to newer ones.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

// As records, so that the order of the keys stays as npm wrote it.
const Entry = z.record(z.string(), z.unknown());
const Packages = z.record(z.string(), Entry);
const Parent = z.object({
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  dev: z.boolean().optional(),
  engines: z.unknown().optional(),
});
type Packages = z.output<typeof Packages>;

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

const file = new URL('../package-lock.json', import.meta.url);
const lock = Entry.parse(JSON.parse(readFileSync(file, 'utf8')));
const present = Packages.parse(lock['packages']);
const packages: Packages = { ...present, ...missing(present) };
const sqlite = packages['node_modules/better-sqlite3'];
if (sqlite !== undefined) packages['node_modules/better-sqlite3'] = { ...sqlite, gypfile: false };
const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, undefined, 2)}\n`);

function missing(listed: Packages): Packages {
  const parents = Object.entries(listed).filter(([path]) => path !== '');
  return Object.fromEntries(
    parents.flatMap(([path, entry]) => {
      const parent = Parent.parse(entry);
      return Object.entries(parent.optionalDependencies)
        .filter(([name]) => !(`node_modules/${name}` in listed) && !(`${path}/node_modules/${name}` in listed))
        .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, parent)] as const);
    }),
  );
}

/** `@oxlint/binding-linux-arm64-musl` says where it runs. */
function entryFor(name: string, version: string, { dev, engines }: z.output<typeof Parent>): Packages[string] {
  const words = name.replace(/^.*\//, '').split('-');
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
    throw new Error(`cannot tell from the name where ${name}@${version} runs: add it to package-lock.json by hand`);
  }
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.includes('gnu') ? ['glibc'] : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev === true && { dev }),
    ...(libc && { libc }),
    optional: true,
    os: [os],
    ...(engines !== undefined && { engines }),
  };
}
