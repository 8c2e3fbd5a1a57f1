import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Instruction = { readonly name: string; readonly value: string };

/** One for each instruction: comments gone, continued lines joined. */
const instructions: readonly Instruction[] = readFileSync('Dockerfile', 'utf8')
  .replaceAll(/^\s*#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, name = '', value = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    return { name, value };
  });

function valuesOf(name: string): readonly string[] {
  return instructions.filter((each) => each.name === name).map((each) => each.value);
}

const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'];
/** What .ci/build.ts makes, and the installation. */
const built = ['/app/node_modules', '/app/dist'];

describe('Dockerfile', () => {
  it('has instructions that Docker knows, each with a value, and starts from an image', () => {
    for (const { name, value } of instructions) {
      expect(known).toContain(name);
      expect(value).not.toBe('');
    }
    expect(instructions[0]?.name).toBe('FROM');
  });

  it('copies what is in the repository, or what the build stage has made', () => {
    for (const value of valuesOf('COPY')) {
      const words = value.split(' ');
      const isFromStage = words[0]?.startsWith('--from=build') ?? false;
      for (const source of words.slice(isFromStage ? 1 : 0, -1)) {
        const path = isFromStage ? source.replace(/^\/app\//, '') : source;
        expect([value, existsSync(path) || built.includes(source)]).toEqual([value, true]);
      }
    }
  });

  it('copies nothing that .dockerignore leaves out', () => {
    const ignored = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    for (const needed of [
      '.ci',
      'cli',
      'proxy',
      'policy',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'LICENSE',
    ]) {
      expect(ignored).not.toContain(needed);
    }
    expect(ignored).toEqual(expect.arrayContaining(['node_modules', '.git', '.stepward-demo']));
  });

  it('runs the bin of the package, not as root, with the config that docker-compose.yml mounts', () => {
    expect(valuesOf('USER')).toEqual(['node']);
    expect(valuesOf('ENTRYPOINT').map((value): unknown => JSON.parse(value))).toEqual([['stepward']]);
    expect(valuesOf('CMD').map((value): unknown => JSON.parse(value))).toEqual([
      ['serve', '--config', '/etc/stepward/stepward.yaml'],
    ]);
    const { bin }: { bin: { stepward: string } } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(valuesOf('RUN').join('\n')).toContain(`ln -s /app/${bin.stepward} /usr/local/bin/stepward`);
  });

  it('asks the step-up page whether it is healthy, in JavaScript that parses', () => {
    const [check = ''] = valuesOf('HEALTHCHECK');
    const command: unknown = JSON.parse(check.slice(check.indexOf('CMD ') + 4));
    expect(command).toEqual(['node', '-e', expect.stringContaining('http://127.0.0.1:6433/healthz')]);
    const script = Array.isArray(command) ? String(command[2]) : '';
    expect(spawnSync(process.execPath, ['--check', '-'], { input: script }).status).toBe(0);
  });
});
