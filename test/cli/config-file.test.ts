import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'stepward-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function config(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const upstream = 'upstream: { host: 127.0.0.1, database: shop, user: app }\n';

describe('the config of a command', () => {
  it('is asked for where there is none', async () => {
    const { code, err } = await runCommand(['serve', '--config', join(folder, 'none.yaml')]);
    expect([code, err]).toEqual([78, `there is no file ${join(folder, 'none.yaml')}`]);
  });

  it('gets one line for each mistake, with the line and the path of the key, and exit code 78', async () => {
    const file = config('bad.yaml', 'listen:\n  prt: 6432\nupstream:\n  host: db\n  databse: shop\n  user: app\n');
    const { code, err } = await runCommand(['serve', '-c', file]);
    expect(code).toBe(78);
    expect(err.split('\n')).toEqual([
      `${file}:2: listen.prt: unknown key; did you mean port?`,
      `${file}:3: upstream.database: required, but missing`,
      `${file}:5: upstream.databse: unknown key; did you mean database?`,
    ]);
  });

  it.each(['serve', 'doctor', 'policy check', 'audit tail', 'grants list', 'sessions list', 'people list'])(
    '%s refuses a file that is no YAML',
    async (command) => {
      const file = config('broken.yaml', 'upstream: [\n');
      const { code, err } = await runCommand([...command.split(' '), '-c', file]);
      expect(code).toBe(78);
      expect(err).toMatch(new RegExp(`^${file}:\\d+: `));
    },
  );

  it('is STEPWARD_CONFIG where no option names one', async () => {
    const file = config('env.yaml', `${upstream}dataDir: nowhere\n`);
    const { code, err } = await runCommand(['grants', 'list'], { env: { STEPWARD_CONFIG: file } });
    expect([code, err]).toEqual([
      69,
      `stepward is not running (nothing answers at ${join(folder, 'nowhere/control.sock')})`,
    ]);
  });

  it('names every file and folder that is missing by its key', async () => {
    const file = config('files.yaml', `${upstream}tls: { cert: a.crt, key: b.key }\npolicies: none\n`);
    const { code, err } = await runCommand(['serve', '-c', file]);
    expect(code).toBe(78);
    expect(err.split('\n')).toEqual([
      `policies: ${join(folder, 'none')}: there is nothing of this name`,
      `tls.cert: ${join(folder, 'a.crt')}: there is nothing of this name`,
      `tls.key: ${join(folder, 'b.key')}: there is nothing of this name`,
    ]);
  });
});
