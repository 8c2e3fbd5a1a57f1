import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

type Import = { readonly from: string; readonly to: string };

/** Which top-level folders a file of a folder may import from. ARCHITECTURE.md shows the same table. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  policy: ['policy'],
  proxy: ['proxy', 'policy'],
  cli: ['cli', 'proxy', 'policy'],
};

/** wire is pure: bytes and messages, nothing that owns a socket, a file or a clock. */
const WIRE_MAY_IMPORT = ['proxy/wire/', 'node:buffer', 'pg-protocol'];

const SOCKET_MODULES = [
  'node:net',
  'node:tls',
  'node:http',
  'node:https',
  'node:http2',
  'node:dgram',
  'hono',
  '@hono/node-server',
  'pg',
];

async function importsOf(folder: string): Promise<readonly Import[]> {
  const names = await readdir(join(root, folder), { recursive: true });
  return names
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(root, folder, name);
      const text = readFileSync(file, 'utf8');
      const specifiers = [
        ...text.matchAll(
          /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
        ),
      ];
      return specifiers.map((match) => {
        const specifier = match[1] ?? match[2] ?? match[3] ?? '';
        const to = specifier.startsWith('.') ? relative(root, resolve(dirname(file), specifier)) : specifier;
        return { from: relative(root, file), to };
      });
    });
}

describe('imports point one way: cli -> proxy -> policy', () => {
  const imports = new Map<string, readonly Import[]>();
  beforeAll(async () => {
    for (const folder of Object.keys(MAY_IMPORT)) imports.set(folder, await importsOf(folder));
  });

  it.each(Object.entries(MAY_IMPORT))('%s imports only from %s', (folder, allowed) => {
    const found = imports.get(folder) ?? [];
    expect(found.length).toBeGreaterThan(10);
    const local = found.filter(({ to }) => /^(policy|proxy|cli|test)\//.test(to));
    expect(local.filter(({ to }) => !allowed.includes(to.split('/')[0] ?? ''))).toEqual([]);
  });

  it('policy opens no socket', () => {
    const found = imports.get('policy') ?? [];
    expect(found.filter(({ to }) => SOCKET_MODULES.includes(to))).toEqual([]);
  });

  it('wire is pure', () => {
    const wire = (imports.get('proxy') ?? []).filter(({ from }) => from.startsWith('proxy/wire/'));
    expect(wire.length).toBeGreaterThan(5);
    expect(wire.filter(({ to }) => !WIRE_MAY_IMPORT.some((allowed) => to.startsWith(allowed)))).toEqual([]);
  });

  it('only the gate knows the wire, the policy, the audit and the step-up at once', () => {
    const byFile = new Map<string, Set<string>>();
    for (const { from, to } of imports.get('proxy') ?? []) {
      const rooms = byFile.get(from) ?? new Set<string>();
      if (to.startsWith('policy/')) rooms.add('policy');
      for (const room of ['wire', 'audit', 'stepup']) if (to.startsWith(`proxy/${room}/`)) rooms.add(room);
      byFile.set(from, rooms);
    }
    const all = [...byFile].filter(([, rooms]) => rooms.size === 4).map(([from]) => from);
    expect(all.filter((from) => !['proxy/session/gate.ts', 'proxy/server.ts'].includes(from))).toEqual([]);
  });
});
