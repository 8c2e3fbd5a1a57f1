import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../proxy/auth/self-signed.ts';
import { HAS_PSQL } from '../support/psql.ts';
import { PASSWORD, type RunningStepward, startStepward } from '../support/running-stepward.ts';

describe.skipIf(!HAS_PSQL)('psql over TLS', () => {
  let stepward: RunningStepward;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sw-tls-'));
    for (const name of ['own', 'foreign']) {
      const { key, cert } = await makeSelfSigned({ nowMs: () => Date.now() });
      writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 });
      writeFileSync(join(folder, `${name}.crt`), cert);
    }
    stepward = await startStepward({
      tls: { cert: join(folder, 'own.crt'), key: join(folder, 'own.key'), required: true },
    });
  });
  afterAll(async () => {
    await stepward.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What psql prints, with how it was connected. */
  async function psql(settings: string): Promise<string> {
    const at = `port=${stepward.port} user=developer dbname=${stepward.shop.database} ${settings}`;
    const child = spawn('psql', ['-X', '-A', '-t', at, '-c', '\\conninfo', '-c', 'select 1 + 1'], {
      env: { ...process.env, PGPASSWORD: PASSWORD },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk));
    await new Promise((resolve) => child.once('close', resolve));
    return printed;
  }

  it('serves sslmode=require, with channel binding', async () => {
    const printed = await psql('host=127.0.0.1 sslmode=require channel_binding=require');
    expect(printed).toMatch(/TLSv1\.[23]/);
    expect(printed).toMatch(/^2$/m);
  });

  it('serves verify-full where its certificate is believed, by name and by address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const printed = await psql(`host=${host} sslmode=verify-full sslrootcert=${join(folder, 'own.crt')}`);
      expect(printed).toMatch(/^2$/m);
    }
  });

  it('is not believed by whoever trusts another certificate', async () => {
    const printed = await psql(`host=localhost sslmode=verify-full sslrootcert=${join(folder, 'foreign.crt')}`);
    expect(printed).toContain('certificate verify failed');
  });

  it('refuses who does not encrypt where TLS is required', async () => {
    const printed = await psql('host=127.0.0.1 sslmode=disable');
    expect(printed).toContain('no encryption: this server accepts TLS connections only');
    const refused = stepward.audit().findLast((row) => row.kind === 'event' && row.entry.type === 'login.refused');
    expect(refused).toBeDefined();
  });

  it('carries a result of many megabytes and a COPY', async () => {
    const at = `host=127.0.0.1 port=${stepward.port} user=developer dbname=${stepward.shop.database} sslmode=require`;
    const sql = "copy (select repeat('x', 100000) from generate_series(1, 200)) to stdout";
    const child = spawn('psql', ['-X', at, '-c', sql], {
      env: { ...process.env, PGPASSWORD: PASSWORD },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(bytes).toBe(200 * 100_001);
  });
});
