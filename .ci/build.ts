/**
 * Builds dist/: compiled JavaScript, plus the files that the code reads beside itself.
 * `--quick` is for a checkout: no check of types, and nothing at all where dist/ is of these sources already.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const isQuick = process.argv.includes('--quick');
const sources = sourcesDigest();
const stamp = join(dist, '.sources');

if (!isQuick || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) build();

/** Into a folder of its own first: a server that runs from dist/ may load a file at any time. */
function build(): void {
  const fresh = `${dist}.${process.pid}`;
  compile(fresh);
  for (const file of globSync('{proxy,policy,cli}/**/*.{cedar,cedarschema,yaml,sql,json,css,html}', { cwd: root })) {
    cpSync(join(root, file), join(fresh, file));
  }
  writeFileSync(join(fresh, '.sources'), sources);
  const old = `${fresh}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

function compile(into: string): void {
  const quickly = isQuick ? ['--noCheck', '--declaration', 'false'] : [];
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', into, ...quickly],
    { cwd: root, stdio: 'inherit' },
  );
  if (status === 0) return;
  rmSync(into, { recursive: true, force: true });
  process.exit(status ?? 1);
}

/** Names, sizes and times: reading all of it would take longer than a command. */
function sourcesDigest(): string {
  const hash = createHash('sha256');
  const files = globSync(['{proxy,policy,cli}/**/*', 'tsconfig*.json', 'package-lock.json'], { cwd: root });
  for (const file of files.toSorted()) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
