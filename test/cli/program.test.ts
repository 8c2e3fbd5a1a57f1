import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

const main = 'cli/main.ts';
const commands = ['demo', 'serve', 'confirm', 'audit', 'policy', 'grants', 'sessions', 'people', 'doctor'];

describe('the command line', () => {
  it('lists every command', async () => {
    const { code, out } = await runCommand(['--help']);
    expect(code).toBe(0);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it('has the version of the package', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await runCommand(['--version'])).toEqual({ code: 0, out: version, err: '' });
  });

  it.each(commands)('%s describes itself', async (command) => {
    const { code, out } = await runCommand([command, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: stepward ${command} `));
    expect(out.split('\n')[2]).not.toBe('');
  });

  it.each([
    [['nonsense'], "unknown command 'nonsense'", 'stepward --help'],
    [['serve', '--nonsense'], "unknown option '--nonsense'", 'stepward serve --help'],
    [['audit', 'show'], "missing required argument 'id'", 'stepward audit show --help'],
    [['demo', '--port', '70000'], 'not a port', 'stepward demo --help'],
  ])('a mistake in %j names the help that belongs to it, with exit code 64', async (args, message, help) => {
    const { code, err } = await runCommand(args);
    expect(code).toBe(64);
    expect(err).toContain(message);
    expect(err).toContain(help);
  });

  it('prints its help and fails where a command is missing', async () => {
    const { code, err } = await runCommand(['audit']);
    expect(code).toBe(64);
    expect(err).toContain('Usage: stepward audit');
  });

  it('loads no command but the one that is named', () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (/libpg-query|cedar-wasm|better-sqlite3|\\/commands\\//.test(name)) console.log(name);
        return next(name, context);
      } });
      process.argv.splice(2, 9, 'confirm', '--help');
      await import('./${main}');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, 'x'], { encoding: 'utf8' });
    expect(stdout).toContain('Usage: stepward confirm');
    expect(stdout.split('\n').filter((line) => /^\.|^@|^lib|^better/.test(line))).toEqual(['./commands/confirm.ts']);
  });

  it('ends without a word when the reader of its output has gone', () => {
    const { stderr, stdout } = spawnSync(
      'bash',
      ['-c', `"$0" ${main} --help | true; echo "\${PIPESTATUS[0]}"`, process.execPath],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(['0', '141']).toContain(stdout.trim());
  });
});
