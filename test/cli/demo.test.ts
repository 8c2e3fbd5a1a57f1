import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startStepwardProcess, type Started, takePort } from './processes.ts';
import { runCommand } from './run-command.ts';

const READY = 'Ctrl-C stops.';

describe('stepward demo', { timeout: 90_000 }, () => {
  let folder: string;
  let ports: readonly string[];
  let listenPort: number;
  const start = (): Started => startStepwardProcess(['demo', '--folder', folder, ...ports]);
  const secrets = (): { people: Record<string, { password: string; totpSecret: string }> } =>
    JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8'));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stepward-demo-'));
    chmodSync(folder, 0o755);
    listenPort = await freePort();
    ports = ['--port', String(listenPort), '--web-port', String(await freePort())];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function countryOf(): Promise<unknown> {
    const client = new Client({
      host: '127.0.0.1',
      port: listenPort,
      user: 'developer',
      password: secrets().people['developer']?.password,
      database: 'shop',
    });
    await client.connect();
    const { rows } = await client.query('select id, country from customers order by id limit 1');
    await client.end();
    return rows[0];
  }

  it('makes everything, refuses a second start, survives SIGKILL, and stops with Ctrl-C', async () => {
    const first = start();
    await first.printed(READY);
    const { people } = secrets();
    for (const account of ['developer', 'analyst', 'dba']) {
      expect(first.output()).toContain(people[account]?.password ?? 'no password');
      expect(first.output()).toContain(people[account]?.totpSecret ?? 'no secret');
    }
    expect(first.output()).toContain('█');
    expect(await countryOf()).toMatchObject({ id: 1 });
    for (const file of ['demo.json', 'people.yaml', 'server.key', 'stepward.yaml', 'stepward.log']) {
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    }
    const code = await runCommand(['demo', 'code', 'developer', '--folder', folder]);
    expect(code.out).toMatch(/^\d{6}$/);

    const second = await start().ended;
    expect(second.code).toBe(69);
    expect(second.output).toBe(`the demo of ${folder} is running already, as process ${first.child.pid}\n`);

    first.child.kill('SIGKILL');
    await first.ended;
    const third = start();
    await third.printed(READY);
    expect(third.output()).not.toContain('filling the sample shop');
    expect(await countryOf()).toMatchObject({ id: 1 });
    third.child.kill('SIGINT');
    expect((await third.ended).code).toBe(0);
    expect(existsSync(join(folder, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('stopped while it prepares, it leaves nothing that the next start would take for finished', async () => {
    const other = mkdtempSync(join(tmpdir(), 'stepward-demo-'));
    chmodSync(other, 0o755);
    const cut = startStepwardProcess(['demo', '--folder', other, ...ports]);
    await cut.printed('making a database cluster');
    cut.child.kill('SIGINT');
    expect((await cut.ended).code).toBe(130);
    expect(existsSync(join(other, 'postgres'))).toBe(false);
    const again = startStepwardProcess(['demo', '--folder', other, ...ports]);
    await again.printed(READY);
    again.child.kill('SIGTERM');
    expect((await again.ended).code).toBe(0);
    rmSync(other, { recursive: true });
  });

  it.each(['--port', '--web-port'])('says which option to use where the port of %s is taken', async (option) => {
    const [port, release] = await takePort();
    const args = { '--port': ports[1] ?? '', '--web-port': ports[3] ?? '', [option]: String(port) };
    const { code, output } = await startStepwardProcess(['demo', '--folder', folder, ...Object.entries(args).flat()])
      .ended;
    await release();
    expect(code).toBe(69);
    expect(output).toBe(`port ${port} of 127.0.0.1 is taken by another program: choose another one with ${option}\n`);
  });

  it('says so where the folder cannot be made, is no folder, or holds something else', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const inFile = await startStepwardProcess(['demo', '--folder', join(file, 'x'), ...ports]).ended;
    expect([inFile.code, inFile.output]).toEqual([69, expect.stringMatching(/^the demo cannot write in .*--folder/)]);
    const other = mkdtempSync(join(tmpdir(), 'stepward-demo-'));
    writeFileSync(join(other, 'demo.json'), '{');
    const damaged = await startStepwardProcess(['demo', '--folder', other, ...ports]).ended;
    expect([damaged.code, damaged.output]).toEqual([69, expect.stringContaining('is not as the demo wrote it')]);
    rmSync(other, { recursive: true });
  });

  it('code knows the three accounts only, and says where there is no demo', async () => {
    expect(await runCommand(['demo', 'code', 'eve', '--folder', folder])).toMatchObject({ code: 64 });
    expect(await runCommand(['demo', 'code', 'dba', '--folder', join(folder, 'none')])).toMatchObject({
      code: 1,
      err: `there is no demo in ${join(folder, 'none')} yet: start it first`,
    });
  });
});
