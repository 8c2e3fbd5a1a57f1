import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatScramVerifier, makeScramVerifier, parseScramVerifier } from '../../../proxy/auth/scram-verifier.ts';
import { addPersonToFile } from '../../../proxy/stepup/edit-people-file.ts';
import { makePerson } from '../../../proxy/stepup/make-person.ts';
import { openPeople } from '../../../proxy/stepup/people.ts';
import { parsePeople } from '../../../proxy/stepup/people-file.ts';
import { rfcKey, rfcSecret } from './world.ts';

const verifier = formatScramVerifier(makeScramVerifier('secret', { salt: Buffer.alloc(16, 7), iterations: 4096 }));
const good = `people:
  - name: developer
    groups: [developers]
    password: ${verifier}
    totp: { secret: ${rfcSecret} }
  - name: analyst
    password: ${verifier}
`;

function errorsOf(text: string): readonly { path: string; message: string; line?: number }[] {
  const parsed = parsePeople(text);
  return parsed.kind === 'invalid' ? parsed.errors : [];
}

describe('a people file', () => {
  it('gives people with their groups, verifier and authenticator', () => {
    const parsed = parsePeople(good);
    const people = parsed.kind === 'people' ? parsed.people : new Map();
    expect(people.get('developer')).toEqual({
      principal: { id: 'developer', groups: ['developers'] },
      scram: parseScramVerifier(verifier),
      totp: { secret: rfcSecret, digits: 6, period: 30 },
    });
    expect(people.get('analyst')).toEqual({
      principal: { id: 'analyst', groups: [] },
      scram: parseScramVerifier(verifier),
    });
  });

  it.each([
    ['an unknown key', good.replace('groups:', 'group:'), 'people[0].group', 'unknown key', 3],
    ['a missing password', good.replace(/ {4}password: .*\n/, ''), 'people[0].password', 'required, but missing', 2],
    [
      'a name twice',
      good.replace('name: analyst', 'name: developer'),
      'people[1].name',
      'there is another "developer"',
      6,
    ],
    [
      'a number as name',
      good.replace('name: analyst', 'name: 42'),
      'people[1].name',
      'expected a name; put it in quotes',
      6,
    ],
    [
      'a name too long',
      good.replace('name: analyst', `name: ${'ä'.repeat(32)}`),
      'people[1].name',
      'expected a name of 1 to 63 bytes',
      6,
    ],
    [
      'a short secret',
      good.replace(rfcSecret, 'GEZDGNBVGY3TQOJQ'),
      'people[0].totp.secret',
      'the secret has 10 bytes; at least 16 are needed',
      5,
    ],
    ['seven digits', good.replace('{ secret', '{ digits: 7, secret'), 'people[0].totp.digits', 'expected 6 or 8', 5],
    ['no list', 'people: {}', 'people', 'expected a list of people', 1],
    ['a wrong tab', 'people:\n\t- x', '', 'Tabs are not allowed as indentation', 2],
  ])('with %s is refused, with path and line', (_, text, path, message, line) => {
    expect(errorsOf(text)).toContainEqual({ path, message, line });
  });

  it('with a plain password is refused without repeating it', () => {
    const errors = errorsOf(good.replace(verifier, 'hunter2'));
    expect(errors).toMatchObject([{ path: 'people[0].password', line: 4 }]);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  it('names every mistake, not only the first', () => {
    expect(
      errorsOf(good.replace('name: developer', 'nam: developer').replace('[developers]', 'developers')),
    ).toHaveLength(3);
  });
});

describe('the people file on disk', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-people-'));
    file = join(folder, 'people.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = () => {
    const opened = openPeople({ path: file, mockSecret: Buffer.alloc(32) });
    if (opened.kind === 'invalid') throw new Error(JSON.stringify(opened.errors));
    return opened.people;
  };

  it('keeps the good people when a reload fails, and takes the new ones when it works', () => {
    writeFileSync(file, good, { mode: 0o600 });
    const people = open();
    let reloads = 0;
    people.onReload(() => (reloads += 1));
    writeFileSync(file, good.replace('groups:', 'group:'));
    expect(people.reload()).toMatchObject({ ok: false, errors: [{ path: 'people[0].group' }] });
    expect(people.find('developer')?.principal.groups).toEqual(['developers']);
    writeFileSync(file, good.replace('name: analyst', 'name: auditor'));
    expect(people.reload()).toEqual({ ok: true });
    expect(people.names).toEqual(['developer', 'auditor']);
    expect(reloads).toBe(1);
  });

  it('that is missing says how to make it', () => {
    const opened = openPeople({ path: file, mockSecret: Buffer.alloc(32) });
    expect(opened).toMatchObject({
      kind: 'invalid',
      errors: [{ message: expect.stringContaining('stepward people add') }],
    });
  });

  it('that others can read is a warning', () => {
    writeFileSync(file, good, { mode: 0o600 });
    const people = open();
    expect(people.warnings()).toEqual([]);
    chmodSync(file, 0o644);
    expect(people.warnings()).toEqual([`${file} can be read by others (mode 0644): chmod 600 ${file}`]);
  });

  it('gets a new person, mode 0600, without losing comments', () => {
    writeFileSync(file, `# ours\n${good}`, { mode: 0o600 });
    const { entry } = makePerson({
      name: 'dba',
      groups: ['dbas'],
      password: 'pässword',
      randomBytes: () => Buffer.alloc(20, 1),
    });
    expect(addPersonToFile(file, entry)).toEqual({ ok: true });
    expect(readFileSync(file, 'utf8')).toContain('# ours');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(open().names).toEqual(['developer', 'analyst', 'dba']);
    expect(readdirSync(folder)).toEqual(['people.yaml']);
  });

  it('is made for the first person', () => {
    const { entry } = makePerson({ name: 'dba', groups: [], password: 'x', randomBytes: (n) => Buffer.alloc(n, 1) });
    expect(addPersonToFile(file, entry)).toEqual({ ok: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(open().find('dba')?.totp?.secret).toBe(entry.totp.secret);
  });

  it('keeps being a link when it is one', () => {
    writeFileSync(join(folder, 'real.yaml'), good, { mode: 0o600 });
    symlinkSync(join(folder, 'real.yaml'), file);
    const { entry } = makePerson({ name: 'dba', groups: [], password: 'x', randomBytes: (n) => Buffer.alloc(n, 1) });
    addPersonToFile(file, entry);
    expect(readFileSync(join(folder, 'real.yaml'), 'utf8')).toContain('dba');
  });

  it('does not take the same name twice, and stays as it was', () => {
    writeFileSync(file, good);
    const { entry } = makePerson({
      name: 'developer',
      groups: [],
      password: 'x',
      randomBytes: (n) => Buffer.alloc(n, 1),
    });
    expect(addPersonToFile(file, entry)).toMatchObject({ ok: false, errors: [{ path: 'people[2].name' }] });
    expect(readFileSync(file, 'utf8')).toBe(good);
  });
});

describe('makePerson', () => {
  it('makes a verifier of the password and an enrolment URI that apps read', () => {
    const salt = Buffer.alloc(16, 9);
    const randomBytes = (size: number) => (size === 16 ? salt : rfcKey);
    const { entry, otpauthUri } = makePerson({
      name: 'jo@example.com',
      groups: ['a'],
      password: 'secret',
      randomBytes,
    });
    expect(parseScramVerifier(entry.password)).toEqual(makeScramVerifier('secret', { salt, iterations: 4096 }));
    const uri = new URL(otpauthUri);
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
      'otpauth:',
      'totp',
      '/stepward:jo@example.com',
    ]);
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({ secret: rfcSecret, issuer: 'stepward' });
  });
});
