import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

describe('stepward people', () => {
  let folder: string;
  let env: Readonly<Record<string, string>>;
  let people: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-people-'));
    people = join(folder, 'people.yaml');
    env = { STEPWARD_CONFIG: join(folder, 'stepward.yaml') };
    writeFileSync(join(folder, 'stepward.yaml'), 'upstream: { host: localhost, database: shop, user: app }\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('add makes the file for its owner only, without the password in it, and shows the secret once', async () => {
    const { code, out } = await runCommand(['people', 'add', 'eve', '--group', 'developers', 'ops'], {
      env,
      secrets: ['long enough'],
    });
    expect(code).toBe(0);
    const text = readFileSync(people, 'utf8');
    expect(statSync(people).mode & 0o777).toBe(0o600);
    expect(text).not.toContain('long enough');
    expect(text).toContain('SCRAM-SHA-256$');
    const [, secret = 'none'] = /type the secret: ([A-Z2-7]{32})/.exec(out) ?? [];
    expect(text).toContain(secret);
    expect((await runCommand(['people', 'list'], { env })).out.split('\n')[1]).toBe('eve   developers, ops  totp');
  });

  it('add asks a person who types for the password twice, and a pipe once', async () => {
    const typed = { env, isInteractive: true };
    const different = await runCommand(['people', 'add', 'eve'], { ...typed, secrets: ['long enough', 'long enouhg'] });
    expect([different.code, different.err]).toEqual([1, 'the two passwords differ; nothing was written']);
    expect(existsSync(people)).toBe(false);
    expect(
      (await runCommand(['people', 'add', 'eve'], { ...typed, secrets: ['long enough', 'long enough'] })).code,
    ).toBe(0);
  });

  it('add refuses a short password, and a name that is there already', async () => {
    expect(await runCommand(['people', 'add', 'eve'], { env, secrets: ['short'] })).toMatchObject({
      code: 1,
      err: expect.stringContaining('at least 8 characters'),
    });
    await runCommand(['people', 'add', 'eve'], { env, secrets: ['long enough'] });
    const before = readFileSync(people, 'utf8');
    expect(await runCommand(['people', 'add', 'eve'], { env, secrets: ['long enough'] })).toMatchObject({
      code: 78,
      err: `${people} has "eve" already; nothing was written`,
    });
    expect(readFileSync(people, 'utf8')).toBe(before);
  });

  it('list says that nobody is there yet, and what is wrong with a file', async () => {
    expect((await runCommand(['people', 'list'], { env })).out).toContain('nobody yet');
    writeFileSync(people, 'people:\n  - nmae: eve\n', { mode: 0o600 });
    const { code, err } = await runCommand(['people', 'list'], { env });
    expect(code).toBe(78);
    expect(err).toContain(`${people}:2: people[0]`);
  });
});
