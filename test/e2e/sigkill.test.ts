import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../proxy/audit/verify.ts';
import { totpCode } from '../support/running-stepward.ts';
import { createInstallation, type Installation, type StepwardProcess } from '../support/stepward-process.ts';

let installation: Installation;
afterEach(async () => installation.remove());

async function connect(stepward: StepwardProcess, user: string): Promise<Client> {
  const client = new Client(stepward.client(user));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Writes rows that tell which statement wrote them, until the connection is cut. */
async function writeUntilCut(client: Client, writer: number, written: () => void): Promise<void> {
  try {
    for (let n = 0; ; n += 1) {
      const text = `insert into killed (writer, n) values (${writer}, ${n})`;
      if (n % 2 === 0) await client.query(text);
      else await client.query('insert into killed (writer, n) values ($1, $2)', [writer, n]);
      written();
    }
  } catch {
    // Cut, as it should be.
  }
}

function verified(stepward: StepwardProcess): string {
  const db = new SQLite(join(stepward.dataDir, 'audit.db'), { readonly: true });
  try {
    return verifyChain(db).kind;
  } finally {
    db.close();
  }
}

describe('SIGKILL in the middle of load', { timeout: 90_000 }, () => {
  it('loses no decision of a statement that went upstream, and the store is intact', async () => {
    installation = await createInstallation();
    installation.permitEverything();
    await installation.shop.query(
      'CREATE TABLE killed (writer int, n int); GRANT SELECT, INSERT ON killed TO stepward_app',
    );
    const stepward = await installation.start();
    const clients = await Promise.all(Array.from({ length: 8 }, async () => connect(stepward, 'dba')));
    let written = 0;
    await Promise.all(
      clients.map(async (client, writer) =>
        writeUntilCut(client, writer, () => {
          written += 1;
          if (written === 400) stepward.kill('SIGKILL');
        }),
      ),
    );
    expect(await stepward.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const rows = await installation.shop.query('SELECT writer, n FROM killed');
    expect(rows.length).toBeGreaterThanOrEqual(400);
    const allowed = stepward
      .audit()
      .flatMap((row) => (row.kind === 'decision' && row.entry.verdict === 'allow' ? [row.entry.text] : []));
    const texts = new Set(allowed);
    const simple = rows.filter(({ n }) => Number(n) % 2 === 0);
    for (const { writer, n } of simple) {
      expect(texts).toContain(`insert into killed (writer, n) values (${String(writer)}, ${String(n)})`);
    }
    const prepared = allowed.filter((text) => text.endsWith('values ($1, $2)'));
    expect(prepared.length).toBeGreaterThanOrEqual(rows.length - simple.length);
    expect(verified(stepward)).toBe('intact');
  });

  it('leaves everything to start again with: the store goes on, and what was confirmed stays confirmed', async () => {
    installation = await createInstallation();
    const first = await installation.start();
    const client = await connect(first, 'developer');
    const shown = new Promise<string>((resolve) =>
      client.on('notice', ({ detail }) => resolve(/Code ([0-9A-Z-]{9})/.exec(detail ?? '')?.[1] ?? '')),
    );
    const held = client.query('select ssn from customers where id = 1');
    const code = await shown;
    const answer = await fetch(`http://127.0.0.1:${first.webPort}/api/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge: code, code: totpCode() }),
    });
    expect(answer.status).toBe(200);
    expect((await held).rows).toEqual([{ ssn: '907-23-0001' }]);
    first.kill('SIGKILL');
    await first.exited;
    const before = first.audit().length;

    const second = await installation.start();
    const again = await connect(second, 'developer');
    expect((await again.query('select ssn from customers where id = 2')).rows).toEqual([{ ssn: '914-36-0002' }]);
    await again.end();
    second.kill('SIGTERM');
    expect(await second.exited).toEqual({ code: 0, signal: null });
    expect(second.audit().length).toBeGreaterThan(before);
    expect(verified(second)).toBe('intact');
  });
});
