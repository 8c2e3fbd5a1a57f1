import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { eventually } from '../support/running-stepward.ts';
import { createInstallation, type Installation, type StepwardProcess } from '../support/stepward-process.ts';

/** Stands before PostgreSQL and can be taken away, as if its whole server were. */
type Relay = { readonly port: number; cut(): Promise<void>; restore(): Promise<void> };

async function startRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTcp({ host: target.host, port: target.port });
    near.pipe(far).pipe(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    restore: async () => listen(port),
  };
}

let installation: Installation;
let relay: Relay;
let stepward: StepwardProcess;
const open: Client[] = [];
beforeEach(async () => {
  installation = await createInstallation();
  relay = await startRelay(installation.shop);
  const config: Record<string, Record<string, unknown>> = parse(readFileSync(installation.config, 'utf8'));
  const upstream = { ...config['upstream'], host: '127.0.0.1', port: relay.port, tls: { mode: 'disable' } };
  writeFileSync(installation.config, stringify({ ...config, upstream }));
  stepward = await installation.start();
});
afterEach(async () => {
  for (const client of open.splice(0)) await client.end().catch(() => undefined);
  await relay.cut().catch(() => undefined);
  await installation.remove();
});

async function connect(): Promise<{ readonly client: Client; readonly lost: Promise<unknown> }> {
  const client = new Client(stepward.client('developer'));
  const lost = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  open.push(client);
  return { client, lost };
}

/** How the decision on a text ended. */
const outcomeOf = async (part: string) =>
  eventually(() => {
    const row = stepward.audit().findLast((each) => each.kind === 'decision' && each.entry.text.includes(part));
    return row?.kind === 'decision' ? row.completion?.entry.outcome : undefined;
  });

const isRunning = async (part: string): Promise<boolean> => {
  const rows = await installation.shop.query(
    `SELECT pid FROM pg_stat_activity WHERE query LIKE '%${part}%' AND state = 'active' AND pid <> pg_backend_pid()`,
  );
  return rows.length > 0;
};

describe('when upstream goes away', { timeout: 90_000 }, () => {
  it('passes on that a backend was terminated, completes the audit as lost, and others go on', async () => {
    const { client, lost } = await connect();
    const other = await connect();
    const running = client.query('select pg_sleep(600.25)');
    running.catch(() => undefined);
    while (!(await isRunning('600.25')));
    await installation.shop.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE query LIKE '%600.25%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
    await expect(running).rejects.toMatchObject({ severity: 'FATAL', code: '57P01' });
    await lost;
    expect(await outcomeOf('600.25')).toBe('lost');
    expect((await other.client.query('select id from customers where id = 1')).rows).toEqual([{ id: 1 }]);
  });

  it('tells everybody 08006 when the whole server is gone, refuses logins meanwhile, and serves again when it is back', async () => {
    const busy = await connect();
    const idle = await connect();
    const running = busy.client.query('select pg_sleep(600.5)');
    running.catch(() => undefined);
    while (!(await isRunning('600.5')));
    await relay.cut();
    await expect(running).rejects.toMatchObject({ severity: 'FATAL', code: '08006' });
    expect(await idle.lost).toMatchObject({ severity: 'FATAL', code: '08006' });
    expect(await outcomeOf('600.5')).toBe('lost');

    const turnedAway = new Client(stepward.client('developer'));
    turnedAway.on('error', () => undefined);
    await expect(turnedAway.connect()).rejects.toMatchObject({
      severity: 'FATAL',
      code: '08006',
      message: 'could not connect to the upstream server',
    });
    const warned = await eventually(() =>
      stepward.log().find(({ msg }) => msg === 'could not connect to the upstream server'),
    );
    expect(JSON.stringify(warned['err'])).toContain('ECONNREFUSED');
    const ended = await eventually(() =>
      stepward.audit().find((row) => row.kind === 'event' && row.entry.data['how'] === 'turnedAway'),
    );
    expect(ended).toMatchObject({ entry: { type: 'session.ended', data: { sqlstate: '08006' } } });

    await relay.restore();
    const { client } = await connect();
    expect((await client.query('select id from customers where id = 1')).rows).toEqual([{ id: 1 }]);
  });
});
