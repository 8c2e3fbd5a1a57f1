import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { confirmChallenge } from '../../../proxy/web/confirm-client.ts';
import { servedOrigins } from '../../../proxy/web/guards.ts';
import type { HttpService } from '../../../proxy/web/serve-http.ts';
import { serveHttp } from '../../../proxy/web/serve-http.ts';
import { createStepUpApp } from '../../../proxy/web/step-up-app.ts';
import type { World } from '../stepup/world.ts';
import { codeAt, column, held, makeWorld, noonMs, request, wrongCode } from '../stepup/world.ts';
import { send } from './http.ts';

let world: World;
let service: HttpService;
let publicUrl = '';

const start = () => {
  const app = createStepUpApp({
    stepUp: world.stepUp,
    nowMs: world.timers.nowMs,
    randomBytes: world.randomBytes,
    log: { error: () => {}, warn: () => {} },
    origins: () => servedOrigins(publicUrl, service.port),
  });
  return serveHttp(app, { host: '127.0.0.1', port: 0 });
};

beforeEach(async () => {
  world = makeWorld();
  publicUrl = 'http://127.0.0.1:6433';
  service = await start();
});
afterEach(() => service.close());

const confirm = (fields: { code: string; challenge?: string; person?: string }) =>
  confirmChallenge({ url: `http://127.0.0.1:${service.port}`, ...fields });
const code = codeAt(noonMs);

describe('confirming from a terminal', () => {
  it('takes the short code that psql shows', async () => {
    const statement = held(world.stepUp.challenge(request()));
    expect(await confirm({ code, challenge: statement.code })).toMatchObject({ ok: true, outcome: 'confirmed' });
    expect((await statement.outcome).kind).toBe('confirmed');
    expect(world.events().at(-2)).toMatchObject({ type: 'challenge.confirmed', data: { via: 'cli' } });
  });

  it('needs no challenge named when one is pending', async () => {
    held(world.stepUp.challenge(request()));
    expect(await confirm({ code })).toMatchObject({ ok: true, outcome: 'confirmed' });
  });

  it('needs it named where a reverse proxy may speak for other machines', async () => {
    publicUrl = 'https://stepward.example.com';
    const statement = held(world.stepUp.challenge(request()));
    const local = { host: `localhost:${service.port}`, 'content-type': 'application/json' };
    const unnamed = { port: service.port, method: 'POST', path: '/api/confirm', headers: local };
    expect((await send({ ...unnamed, body: JSON.stringify({ code }) })).status).toBe(403);
    expect(await confirm({ code, challenge: statement.code })).toMatchObject({ ok: true });
  });

  it('asks which one when several are pending, unless the person tells them apart', async () => {
    held(world.stepUp.challenge(request()));
    held(world.stepUp.challenge(request({ principal: { id: 'analyst', groups: [] } })));
    const answer = await confirm({ code });
    expect(answer).toMatchObject({ ok: false, outcome: 'ambiguous' });
    expect(answer.message).toContain('--challenge');
    expect(await confirm({ code, person: 'analyst' })).toMatchObject({ ok: true });
  });

  it('does not confirm the challenge of another person than the one named', async () => {
    const statement = held(world.stepUp.challenge(request()));
    expect(await confirm({ code, challenge: statement.code, person: 'analyst' })).toMatchObject({ outcome: 'unknown' });
    expect(world.stepUp.pending()).toHaveLength(1);
  });

  it.each([
    ['a wrong code', wrongCode(noonMs), 'wrong', 'This code is not right'],
    ['another form', '12', 'malformed', 'A code has 6 digits'],
  ])('says so for %s', async (_, typed, outcome, message) => {
    const statement = held(world.stepUp.challenge(request()));
    const answer = await confirm({ code: typed, challenge: statement.code });
    expect(answer).toMatchObject({ ok: false, outcome, message: expect.stringContaining(message) });
  });

  it('says when a code was used, when nothing waits and when it is too late', async () => {
    expect(await confirm({ code })).toMatchObject({
      outcome: 'unknown',
      message: 'No statement waits to be confirmed.',
    });
    const first = held(world.stepUp.challenge(request()));
    await confirm({ code, challenge: first.code });
    const second = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    expect(await confirm({ code, challenge: second.code })).toMatchObject({ outcome: 'replayed' });
    world.timers.advance(120_000);
    expect(await confirm({ code, challenge: second.code })).toMatchObject({ outcome: 'ended:expired' });
  });

  it('says when no stepward answers', async () => {
    const { port } = service;
    await service.close();
    const answer = await confirmChallenge({ url: `http://127.0.0.1:${port}`, code });
    expect(answer).toMatchObject({ ok: false, outcome: 'notRunning' });
    service = await start();
  });
});

describe('the confirmation API takes no request', () => {
  const post = (body: string, headers: Record<string, string>) =>
    send({ port: service.port, method: 'POST', path: '/api/confirm', headers, body });

  it.each([
    ['that a form of another site can send', { 'content-type': 'text/plain' }, 400],
    ['of another origin', { 'content-type': 'application/json', origin: 'https://evil.example' }, 403],
    ['of another site', { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }, 403],
    ['under another name', { 'content-type': 'application/json', host: 'evil.example' }, 421],
  ])('%s', async (_, headers, status) => {
    held(world.stepUp.challenge(request()));
    const answer = await post(JSON.stringify({ code }), headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toHaveProperty('message');
    expect(world.stepUp.pending()).toHaveLength(1);
  });

  it.each(['', '[]', '{}', '{"code":1}', '{"code":"1","more":true}', '{"code":'])('with the body %j', async (body) => {
    expect((await post(body, { 'content-type': 'application/json' })).status).toBe(400);
  });
});
