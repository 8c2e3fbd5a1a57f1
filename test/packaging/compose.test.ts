import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../../proxy/config/load.ts';

// The parts of the Compose specification that the file uses; unknown keys are refused as Compose refuses them.
const Service = z.strictObject({
  image: z.string().optional(),
  build: z.string().optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_started', 'service_healthy']) }))
    .default({}),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  configs: z
    .array(z.strictObject({ source: z.string(), target: z.string().startsWith('/'), mode: z.number().optional() }))
    .default([]),
  healthcheck: z
    .strictObject({ test: z.array(z.string()).min(2), interval: z.string(), timeout: z.string(), retries: z.number() })
    .optional(),
  ports: z.array(z.string()).default([]),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
});
const Compose = z.strictObject({
  services: z.record(z.string(), Service),
  configs: z.record(z.string(), z.strictObject({ content: z.string() })),
  volumes: z.record(z.string(), z.null()),
});

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = Compose.parse(parse(text));
const services = Object.entries(compose.services);
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
if (!hasCompose) process.stderr.write('docker compose is not installed: `docker compose config` is skipped\n');

/** As Compose does it: `$$` is a dollar, `${NAME:?message}` a variable that must be set. */
function interpolate(value: string, env: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\$|\$\{(\w+):\?[^}]*\}|\$\{?(\w+)\}?/g, (all, guarded: string | undefined) => {
    if (all === '$$') return '$';
    if (guarded === undefined) throw new Error(`${all} would be empty where it is not set`);
    return env[guarded] ?? '';
  });
}

describe('docker-compose.yml', () => {
  it('refers only to services, configs and volumes that it defines', () => {
    for (const [, service] of services) {
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(service.depends_on)));
      expect(Object.keys(compose.configs)).toEqual(expect.arrayContaining(service.configs.map(({ source }) => source)));
    }
    const named = services.flatMap(([, { volumes }]) => volumes.filter((each) => !each.startsWith('.')));
    expect(new Set(named.map((each) => each.split(':')[0]))).toEqual(new Set(Object.keys(compose.volumes)));
  });

  it('waits for a healthy database only where the service says what healthy is', () => {
    for (const [, { depends_on: needs }] of services) {
      for (const name of Object.keys(needs)) expect(compose.services[name]?.healthcheck).toBeDefined();
    }
  });

  it('mounts only files that are in the repository', () => {
    const mounted = services.flatMap(([, { volumes }]) => volumes.filter((each) => each.startsWith('.')));
    expect(mounted.length).toBeGreaterThan(0);
    for (const each of mounted) expect([each, existsSync(each.split(':')[0] ?? '')]).toEqual([each, true]);
  });

  it('has no secret in it: every variable must be set by whoever starts it', () => {
    const secrets = services
      .flatMap(([, { environment }]) => Object.entries(environment))
      .filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:\?.+\}$/);
    for (const { content } of Object.values(compose.configs)) expect(() => interpolate(content, {})).not.toThrow();
  });

  it('publishes ports of stepward only, on this machine only', () => {
    const published = services.filter(([, { ports }]) => ports.length > 0);
    expect(published.map(([name]) => name)).toEqual(['stepward']);
    for (const port of published.flatMap(([, { ports }]) => ports)) {
      expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    }
  });

  it('gives stepward a config that it accepts, and that fits the ports, the volume and the other service', () => {
    const content = interpolate(compose.configs['stepward']?.content ?? '', {});
    const env = { STEPWARD_UPSTREAM_PASSWORD: 'from the environment' };
    const directory = '/etc/stepward';
    const result = parseConfig(content, { env, directory, readFile: () => '' });
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
    const { config } = result;
    const stepward = compose.services['stepward'];
    expect(stepward?.configs).toContainEqual({ source: 'stepward', target: join(directory, 'stepward.yaml') });
    expect(config.upstream.password).toBe('from the environment');
    expect(Object.keys(compose.services)).toContain(config.upstream.host);
    expect(config.upstream.database).toBe(compose.services['postgres']?.environment['POSTGRES_DB']);
    expect(stepward?.ports).toEqual(
      [config.listen.port, config.web.listen.port].map((port) => `127.0.0.1:${port}:${port}`),
    );
    expect(stepward?.volumes).toContain(`stepward-data:${config.dataDir}`);
    expect(config.people.startsWith(`${config.dataDir}/`)).toBe(true);
    expect(config.policies).toBe('/app/dist/policy/defaults');
    const tags: unknown = parse(readFileSync('policy/defaults/tags.yaml', 'utf8'));
    expect(config.tags).toEqual(tags);
  });

  it('makes the role of the config before the tables are granted to it', () => {
    const script = interpolate(compose.configs['service-account']?.content ?? '', {});
    const checked = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
    expect([checked.status, checked.stderr]).toEqual([0, '']);
    expect(script).toContain('CREATE ROLE stepward_app LOGIN');
    const scripts = services
      .flatMap(([, { volumes, configs }]) => [
        ...volumes.map((each) => each.split(':')[1]),
        ...configs.map((each) => each.target),
      ])
      .filter((path) => path?.startsWith('/docker-entrypoint-initdb.d/'));
    expect(scripts.toSorted((a = '', b = '') => (a < b ? -1 : 1))[0]).toContain('service-account');
  });

  it.skipIf(!hasCompose)('is accepted by docker compose', () => {
    const env = { ...process.env, POSTGRES_PASSWORD: 'a', STEPWARD_UPSTREAM_PASSWORD: 'b' };
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], { env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
