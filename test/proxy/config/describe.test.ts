import { describe, expect, it } from 'vitest';
import type { KeyDescription } from '../../../proxy/config/describe.ts';
import { describeConfig, exampleConfig } from '../../../proxy/config/describe.ts';
import { parseConfig } from '../../../proxy/config/load.ts';

function load(text: string) {
  const env = { STEPWARD_UPSTREAM_PASSWORD: 'secret' };
  const result = parseConfig(text, { env, readFile: () => '', directory: '/etc/stepward' });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
  return result.config;
}

const minimal = 'upstream: {host: db.internal, database: shop, user: stepward, password: secret}';

describe('the example config', () => {
  it('is valid as it is, and changes no default', () => {
    expect(load(exampleConfig())).toEqual(load(minimal));
  });

  it('is still valid with every line switched on, and shows the true defaults', () => {
    const all = exampleConfig().replaceAll(/^( *)#(\w+:)/gm, '$1$2');
    expect(load(all)).toEqual({
      ...load(minimal),
      tls: { cert: '/etc/stepward/server.crt', key: '/etc/stepward/server.key', required: false },
      upstream: { ...load(minimal).upstream, tls: { mode: 'verify-full', ca: '/etc/stepward/upstream-ca.crt' } },
      tags: { pii: ['public.customers.ssn', '*.*.email'] },
      web: { listen: { host: '127.0.0.1', port: 6433 }, publicUrl: 'https://stepward.example.com' },
    });
  });

  it('takes values, also deep in a section that is otherwise all defaults', () => {
    const text = exampleConfig({ 'upstream.port': 5555, 'web.listen.port': 7000, tags: { pii: ['a.b.c'] } });
    expect(load(text)).toMatchObject({
      upstream: { port: 5555 },
      web: { listen: { host: '127.0.0.1', port: 7000 } },
      tags: { pii: ['a.b.c'] },
    });
  });
});

describe('the documentation of the config', () => {
  const flat = (keys: readonly KeyDescription[]): readonly KeyDescription[] =>
    keys.flatMap((key) => [key, ...flat(key.keys)]);

  it('explains every key', () => {
    const keys = flat(describeConfig());
    expect(keys.length).toBeGreaterThan(45);
    expect(keys.filter(({ description }) => description === '')).toEqual([]);
  });

  it('knows which keys must be given', () => {
    const required = flat(describeConfig()).filter(({ isRequired }) => isRequired);
    expect(required.map(({ path }) => path)).toEqual([
      'tls.cert',
      'tls.key',
      'upstream',
      'upstream.host',
      'upstream.database',
      'upstream.user',
    ]);
  });
});
