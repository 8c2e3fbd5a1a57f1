import { describe, expect, it } from 'vitest';
import type { LoadDeps } from '../../../proxy/config/load.ts';
import { loadConfig, parseConfig } from '../../../proxy/config/load.ts';

const minimal = 'upstream: {host: localhost, database: shop, user: stepward}\n';

const files: Readonly<Record<string, string>> = { '/etc/stepward/pw': 'from a file\n', '/run/pw': 'absolute' };
const deps: LoadDeps = {
  env: { PASSWORD: 'from the environment', EMPTY: '' },
  readFile: (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  },
};

function load(text: string) {
  const result = parseConfig(text, { ...deps, directory: '/etc/stepward' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
  return result.config;
}

function errors(text: string): readonly string[] {
  const result = parseConfig(text, { ...deps, directory: '/etc/stepward' });
  return result.kind === 'loaded' ? [] : result.errors.map(({ path, line, message }) => `${line} ${path}: ${message}`);
}

describe('a config', () => {
  it('needs no more than the upstream; everything else has its default', () => {
    expect(load(minimal)).toEqual({
      listen: { host: '127.0.0.1', port: 6432 },
      upstream: {
        host: 'localhost',
        port: 5432,
        database: 'shop',
        user: 'stepward',
        password: '',
        tls: { mode: 'disable' },
        connectTimeoutSeconds: 10,
      },
      people: '/etc/stepward/people.yaml',
      policies: '/etc/stepward/policies',
      tags: {},
      ladder: [{ name: 'totp', methods: ['pwd', 'otp', 'mfa'], aal: 2 }],
      stepup: {
        mode: 'hold',
        timeoutSeconds: 120,
        heartbeatSeconds: 30,
        grantMinutes: 10,
        inTransaction: 'holdUnlessWritten',
        maxOpenPerPerson: 10,
      },
      web: { listen: { host: '127.0.0.1', port: 6433 } },
      audit: { durability: 'process', literals: 'keep' },
      dataDir: '/etc/stepward/stepward-data',
      limits: {
        maxConnections: 200,
        maxStatementBytes: 1_048_576,
        maxFrameBytes: 67_108_864,
        parseTimeoutMs: 2_000,
        loginTimeoutSeconds: 15,
      },
      secondReader: 'refuse',
      catalog: { refreshSeconds: 5 },
      timeZone: 'UTC',
      log: { level: 'info' },
    });
  });

  it('makes every path absolute, from where the file is', () => {
    const config = load(`${minimal}tls: {cert: a.crt, key: ../a.key}\npeople: /srv/people.yaml\ndataDir: data\n`);
    expect(config.tls).toEqual({ cert: '/etc/stepward/a.crt', key: '/etc/a.key', required: false });
    expect([config.people, config.dataDir]).toEqual(['/srv/people.yaml', '/etc/stepward/data']);
    expect(load('upstream: {host: db, database: a, user: b, tls: {ca: ca.pem}}').upstream.tls).toEqual({
      mode: 'verify-full',
      ca: '/etc/stepward/ca.pem',
    });
  });

  it('verifies the certificate of an upstream on another machine unless told otherwise', () => {
    const tls = (host: string, mode = '') =>
      load(`upstream: {host: "${host}", database: a, user: b, ${mode}}`).upstream.tls.mode;
    expect(['127.0.0.1', '::1', 'localhost'].map((host) => tls(host))).toEqual(['disable', 'disable', 'disable']);
    expect(['10.0.0.5', 'localhost.evil.example', '127.0.0.1.example'].map((host) => tls(host))).toEqual([
      'verify-full',
      'verify-full',
      'verify-full',
    ]);
    expect(tls('db', 'tls: {mode: require}')).toBe('require');
  });

  it('takes sizes in bytes or with a unit', () => {
    const { limits } = load(`${minimal}limits: {maxFrameBytes: 16 MiB, maxStatementBytes: 4096}\n`);
    expect([limits.maxFrameBytes, limits.maxStatementBytes]).toEqual([16 * 1024 * 1024, 4096]);
  });
});

describe('a secret', () => {
  const password = (value: string) => load(`${minimal.replace(/}\s*$/, '')}, password: "${value}"}`).upstream.password;

  it('may come from the environment or from a file, whose last line break is no part of it', () => {
    expect(password('${env:PASSWORD}')).toBe('from the environment');
    expect(password('${file:pw}')).toBe('from a file');
    expect(password('${file:/run/pw}')).toBe('absolute');
    expect(password('pa$$word')).toBe('pa$$word');
  });

  const passwordErrors = (value: string) =>
    errors(`upstream:\n  host: a\n  database: b\n  user: c\n  password: "${value}"\n`);

  it.each([
    ['${env:MISSING}', 'the environment variable MISSING is not set'],
    ['${env:EMPTY}', 'the environment variable EMPTY is not set'],
    ['${file:gone}', 'cannot read /etc/stepward/gone: no such file'],
    ['x${env:PASSWORD}', 'must be the whole value: ${env:NAME} or ${file:/path}'],
  ])('%s is refused: %s', (value, message) => {
    expect(passwordErrors(value)).toEqual([`5 upstream.password: ${message}`]);
  });

  it('is replaced nowhere else', () => {
    expect(errors(`${minimal}people: \${env:PASSWORD}\n`)).toEqual([
      '2 people: ${env:...} and ${file:...} are replaced in secrets only',
    ]);
  });

  it('is never repeated in an error', () => {
    expect(errors('upstream: {host: a, database: b, user: c, password: [hunter2]}').join()).not.toContain('hunter2');
  });
});

describe('a wrong config gets one error for each mistake, with key path and line', () => {
  it('names all of them, in the order of the file', () => {
    const text = `listen:
  prot: 6432
  port: 99999
lsiten: {}
upstream:
  host: db
  password: 123
  user: stepward
ladder:
  - {name: totp, methods: [otp], aal: 2}
  - {name: more, methods: [], aal: 5}
stepup:
  timeoutSeconds: 0
secondReader: maybe
timeZone: Mars/Olympus
tags:
  catalog: ["public.*"]
  pii: public.customers.ssn
limits: {maxFrameBytes: huge}
log: {level: 3}
`;
    expect(errors(text)).toEqual([
      '2 listen.prot: unknown key; did you mean port?',
      '3 listen.port: expected a port from 0 to 65535',
      '4 lsiten: unknown key; did you mean listen?',
      '5 upstream.database: required, but missing',
      '7 upstream.password: expected a string: put it in quotes, or use ${env:NAME} or ${file:/path}',
      '11 ladder[1].methods: expected at least one',
      '11 ladder[1].aal: expected 1, 2 or 3',
      '13 stepup.timeoutSeconds: expected a whole number from 1 to 86400',
      '14 secondReader: expected one of "refuse", "record", "off"',
      '15 timeZone: expected an IANA time zone such as Europe/Berlin',
      '17 tags.catalog: this tag is built in',
      '18 tags.pii: expected a list, not a text',
      '19 limits.maxFrameBytes: expected a size in bytes such as 1048576 or "64 MiB", at most 1 GiB',
      '20 log.level: expected one of "trace", "debug", "info", "warn", "error", "fatal", "silent"',
    ]);
  });

  it.each([
    ['an empty file', '', ['1 upstream: required, but missing']],
    ['a section that is there and empty', 'upstream:\n', ['1 upstream: expected a section of keys, not nothing']],
    ['an empty name', 'upstream: {host: "", database: a, user: b}', ['1 upstream.host: must not be empty']],
    ['a list', '- a', ['1 : expected a section of keys, not a list']],
    ['a key that is there twice', `${minimal}people: a\npeople: b\n`, ['3 : Map keys must be unique']],
    [
      'two listeners on one port',
      `${minimal}web: {listen: {port: 6432}}\n`,
      ['2 web.listen.port: is the port of `listen` too'],
    ],
    [
      'a heartbeat that never comes',
      `${minimal}stepup:\n  timeoutSeconds: 20\n`,
      ['2 stepup.heartbeatSeconds: must not be longer than stepup.timeoutSeconds'],
    ],
    [
      'a page for other machines without a URL',
      `${minimal}web:\n  listen: {host: 0.0.0.0}\n`,
      [
        '2 web.publicUrl: required where web.listen.host is not a loopback address: links and the Host check are made from it',
      ],
    ],
    [
      'a ladder that begins with the strongest rung',
      `${minimal}ladder:\n  - {name: a, methods: [hwk], aal: 3}\n  - {name: b, methods: [otp], aal: 2}\n`,
      ['2 ladder: list the weakest rung (aal) first'],
    ],
    [
      'a ladder with two rungs of one name',
      `${minimal}ladder: [{name: a, methods: [otp], aal: 2}, {name: a, methods: [hwk], aal: 3}]\n`,
      ['2 ladder: two rungs have the same name'],
    ],
  ])('%s', (_, text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  it('says where YAML cannot be read', () => {
    expect(errors('upstream:\n  host: [a\n  user: b\n')[0]).toMatch(/^[23] : /);
  });

  it('says so where there is no file', () => {
    expect(loadConfig('/nowhere/stepward.yaml', deps)).toEqual({
      kind: 'invalid',
      errors: [{ path: '', message: 'there is no file /nowhere/stepward.yaml' }],
    });
  });
});
