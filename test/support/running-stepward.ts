import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateSync } from 'otplib';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';
import { openAuditReader } from '../../proxy/audit/read.ts';
import type { AuditRecord } from '../../proxy/audit/record.ts';
import { formatScramVerifier, makeScramVerifier } from '../../proxy/auth/scram-verifier.ts';
import { loadConfig } from '../../proxy/config/load.ts';
import { auditPath } from '../../proxy/data-dir.ts';
import { startServer } from '../../proxy/server.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const PASSWORD = 'test-password';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PEOPLE = [
  ['developer', 'developers'],
  ['analyst', 'analysts'],
  ['dba', 'dbas'],
] as const;

/** The sample shop in a database of its own, with the role that stepward logs in with. */
export async function createShop(): Promise<TestDatabase> {
  const role =
    `DO $$ BEGIN CREATE ROLE stepward_app LOGIN PASSWORD '${PASSWORD}';` +
    ' EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n';
  return createTestDatabase(role + readFileSync(join(root, 'cli/demo/shop.sql'), 'utf8'));
}

/** A folder with config, people and the starter policies, for a server of its own. @returns the config's path */
export function writeInstallation(
  shop: TestDatabase,
  overrides: Readonly<Record<string, unknown>> = {},
): { readonly folder: string; readonly config: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sw-'));
  cpSync(join(root, 'policy/defaults'), join(folder, 'policies'), { recursive: true });
  const password = formatScramVerifier(makeScramVerifier(PASSWORD, { salt: randomBytes(16), iterations: 4096 }));
  const people = PEOPLE.map(([name, group]) => ({ name, groups: [group], password, totp: { secret: TOTP_SECRET } }));
  writeFileSync(join(folder, 'people.yaml'), stringify({ people }), { mode: 0o600 });
  const config = join(folder, 'stepward.yaml');
  const settings = {
    listen: { port: 0 },
    upstream: { host: shop.host, port: shop.port, database: shop.database, user: 'stepward_app', password: PASSWORD },
    people: 'people.yaml',
    policies: 'policies',
    tags: parse(readFileSync(join(root, 'policy/defaults/tags.yaml'), 'utf8')),
    web: { listen: { port: 0 } },
    dataDir: 'data',
    ...overrides,
  };
  writeFileSync(config, stringify(settings));
  return { folder, config };
}

export type RunningStepward = {
  readonly shop: TestDatabase;
  readonly port: number;
  readonly webPort: number;
  readonly folder: string;
  readonly config: string;
  /** Everything in the audit store, oldest first. */
  audit(): readonly AuditRecord[];
  /** Connection options for `pg` and `postgres`. */
  client(user: string): { host: string; port: number; user: string; password: string; database: string };
  /** Answers the page as the person would, by the HTTP door of the CLI. */
  confirm(
    challenge: string,
    code: string,
  ): Promise<{ readonly status: number; readonly outcome: string; readonly message: string }>;
  readonly reload: () => Promise<{ readonly ok: boolean; readonly errors: readonly string[] }>;
  stop(): Promise<void>;
};

/** A whole stepward in this process, on free ports, before a sample shop of its own. */
export async function startStepward(overrides: Readonly<Record<string, unknown>> = {}): Promise<RunningStepward> {
  const shop = await createShop();
  const { folder, config } = writeInstallation(shop, overrides);
  const loaded = loadConfig(config);
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.errors));
  const server = await startServer(loaded.config, { log: pino({ level: 'silent' }), version: 'test' });
  return {
    shop,
    port: server.port,
    webPort: server.webPort,
    folder,
    config,
    audit: () => readAudit(loaded.config.dataDir),
    client: (user) => ({ host: '127.0.0.1', port: server.port, user, password: PASSWORD, database: shop.database }),
    confirm: async (challenge, code) => confirm(server.webPort, challenge, code),
    reload: server.reload,
    stop: async () => {
      await server.stop();
      await shop.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function readAudit(dataDir: string): readonly AuditRecord[] {
  const reader = openAuditReader(auditPath(dataDir));
  try {
    return reader.first({}, 100_000);
  } finally {
    reader.close();
  }
}

/** Waits until the audit store has something. @throws after 10 s */
export async function eventually<T>(look: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('waited 10 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The short code of the newest challenge, once there is one after `afterId`. */
export async function newChallenge(
  stepward: RunningStepward,
  afterId: number,
): Promise<{ readonly id: string; readonly rowId: number }> {
  return eventually(() => {
    const row = stepward
      .audit()
      .findLast(
        ({ kind, id, entry }) =>
          kind === 'event' && id > afterId && 'type' in entry && entry.type === 'challenge.created',
      );
    const id = row?.kind === 'event' ? row.entry.data['challengeId'] : undefined;
    return typeof id === 'string' && row !== undefined ? { id, rowId: row.id } : undefined;
  });
}

async function confirm(
  webPort: number,
  challenge: string,
  code: string,
): Promise<{ readonly status: number; readonly outcome: string; readonly message: string }> {
  const response = await fetch(`http://127.0.0.1:${webPort}/api/confirm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ challenge, code }),
  });
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null || !('outcome' in answer) || !('message' in answer)) {
    throw new Error(`unexpected answer ${JSON.stringify(answer)}`);
  }
  return { status: response.status, outcome: String(answer.outcome), message: String(answer.message) };
}

/** A code of everybody's authenticator; each step serves once for each person. @param steps 30-second steps from now */
export function totpCode(steps = 0): string {
  return generateSync({ secret: TOTP_SECRET, epoch: Math.floor(Date.now() / 1000) + steps * 30 });
}
