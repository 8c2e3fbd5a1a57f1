import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CarriedTagRow } from '../../../proxy/carried-tags.ts';
import { createControlApp } from '../../../proxy/web/control.ts';
import type { ReloadAnswer, SessionInfo } from '../../../proxy/web/control-api.ts';
import { createControlClient } from '../../../proxy/web/control-client.ts';
import { serveControl } from '../../../proxy/web/control-socket.ts';
import type { HttpService } from '../../../proxy/web/serve-http.ts';
import type { World } from '../stepup/world.ts';
import { codeAt, held, makeWorld, noonMs, page, request } from '../stepup/world.ts';

const session: SessionInfo = {
  id: 's1',
  principal: 'developer',
  address: '127.0.0.1',
  application: 'psql',
  sinceMs: noonMs,
  state: 'holding',
  statement: 'select ssn from customers',
};

let folder = '';
let socketPath = '';
let world: World;
let killed: string[] = [];
let reloadAnswer: ReloadAnswer = { ok: true, errors: [] };
const running: HttpService[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stepward-control-'));
  socketPath = join(folder, 'control.sock');
  world = makeWorld();
  killed = [];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
  rmSync(folder, { recursive: true, force: true });
});

let carriedRows: CarriedTagRow[] = [];
const carriedTags = {
  list: () => carriedRows,
  drop: (target: string, tag?: string) => {
    const gone = carriedRows.filter((row) => row.target === target && (tag ?? row.tag) === row.tag);
    carriedRows = carriedRows.filter((row) => !gone.includes(row));
    return gone.map((row) => row.tag);
  },
};

const appOf = () =>
  createControlApp({
    sessions: { list: () => [session], kill: (id, by) => id === 's1' && killed.push(`${id} by ${by}`) > 0 },
    stepUp: world.stepUp,
    carriedTags,
    reload: async () => reloadAnswer,
    status: () => ({
      pid: 1,
      version: '0.1.0',
      startedAtMs: noonMs,
      sessions: 1,
      held: 0,
      grants: 0,
      policyVersion: 'abc',
      catalogVersion: 1,
    }),
    audit: world.audit,
    nowMs: world.timers.nowMs,
    log: { error: () => {}, warn: () => {} },
  });

async function start(): Promise<HttpService> {
  const service = await serveControl(appOf(), socketPath);
  running.push(service);
  return service;
}

const client = () => createControlClient({ socketPath, user: 'alice' });

describe('the administrator', () => {
  it('sees the sessions and ends one, which is audited', async () => {
    await start();
    expect(await client().sessions()).toEqual({ ok: true, value: [session] });
    expect(await client().killSession('s1')).toEqual({ ok: true, value: { message: 'session s1 ended' } });
    expect(killed).toEqual(['s1 by administrator alice']);
    expect(world.events().at(-1)).toMatchObject({
      type: 'session.killed',
      data: { session: 's1', by: 'administrator alice' },
    });
    expect(await client().killSession('s2')).toEqual({ ok: false, kind: 'failed', message: 'there is no session s2' });
  });

  it('sees the grants and revokes one', async () => {
    await start();
    await world.stepUp.confirm(held(world.stepUp.challenge(request())).code, codeAt(noonMs), page);
    const listed = await client().grants();
    expect(listed).toMatchObject({
      ok: true,
      value: [{ person: 'developer', resources: ['select public.customers.ssn'], aal: 2 }],
    });
    const id = listed.ok ? (listed.value[0]?.id ?? '') : '';
    expect(await client().revokeGrant(id)).toMatchObject({ ok: true });
    expect(world.events().at(-1)).toMatchObject({ type: 'grant.revoked', data: { by: 'administrator alice' } });
    expect(await client().grants()).toEqual({ ok: true, value: [] });
    expect(await client().grants(true)).toMatchObject({ ok: true, value: [{ id, revokedAtMs: noonMs }] });
    expect(await client().revokeGrant(id)).toMatchObject({ ok: false });
  });

  it('sees carried tags and drops one, which is audited first', async () => {
    await start();
    const row = { target: 'public.notes.text', sources: ['public.customers.ssn'], person: 'dba', sinceMs: noonMs };
    carriedRows = [
      { ...row, tag: 'pci' },
      { ...row, tag: 'pii' },
    ];
    expect(await client().carriedTags()).toEqual({ ok: true, value: carriedRows });
    const dropped = await client().dropCarriedTags('public.notes.text', 'pii');
    expect(dropped).toEqual({ ok: true, value: { message: 'public.notes.text no longer carries pii' } });
    expect(world.events().at(-1)).toMatchObject({
      type: 'tags.dropped',
      data: { target: 'public.notes.text', tags: ['pii'], by: 'administrator alice' },
    });
    expect(await client().carriedTags()).toEqual({ ok: true, value: [{ ...row, tag: 'pci' }] });
    expect(await client().dropCarriedTags('public.notes.text', 'pii')).toMatchObject({ ok: false });
  });

  it('sees what waits, without the links, and cancels it', async () => {
    await start();
    const statement = held(world.stepUp.challenge(request()));
    const listed = await client().challenges();
    expect(listed).toMatchObject({ ok: true, value: [{ code: statement.code, person: 'developer', waiting: 1 }] });
    expect(JSON.stringify(listed)).not.toContain(statement.challengeId);
    expect(await client().cancelChallenge(statement.code)).toMatchObject({ ok: true });
    expect(await statement.outcome).toEqual({ kind: 'withdrawn', by: 'administrator' });
  });

  it('reloads, and gets the mistakes of a bad set', async () => {
    await start();
    expect(await client().reload()).toEqual({ ok: true, value: { ok: true, errors: [] } });
    reloadAnswer = { ok: false, errors: ['policies/a.cedar:3:1: unexpected end'] };
    expect(await client().reload()).toEqual({ ok: true, value: reloadAnswer });
  });

  it('sees the status', async () => {
    await start();
    expect(await client().status()).toMatchObject({ ok: true, value: { policyVersion: 'abc' } });
  });
});

describe('the control socket', () => {
  it('can be opened by its owner only', async () => {
    await start();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  it('is gone when the server is, and the client says so', async () => {
    const service = await start();
    await service.close();
    running.length = 0;
    expect(existsSync(socketPath)).toBe(false);
    expect(await client().status()).toMatchObject({ ok: false, kind: 'notRunning' });
  });

  it('of a killed server is replaced', async () => {
    const left = createServer();
    await new Promise<void>((resolve) => left.listen(join(folder, 'x.sock'), resolve));
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'x.sock'), socketPath);
    await new Promise<void>((resolve) => left.close(() => resolve()));
    expect(existsSync(socketPath)).toBe(true);
    await start();
    expect(await client().status()).toMatchObject({ ok: true });
  });

  it('of a running server is left alone', async () => {
    await start();
    await expect(serveControl(appOf(), socketPath)).rejects.toThrow('another stepward is running');
    expect(await client().status()).toMatchObject({ ok: true });
  });

  it('never replaces what is no socket', async () => {
    writeFileSync(socketPath, 'precious');
    await expect(serveControl(appOf(), socketPath)).rejects.toThrow('is no socket');
  });

  it('with a path that is too long is refused with words', async () => {
    const deep = join(folder, 'd'.repeat(100), '.');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(deep);
    await expect(serveControl(appOf(), join(deep, 'control.sock'))).rejects.toThrow('too long');
  });
});
