import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { servedOrigins } from '../../../proxy/web/guards.ts';
import type { HttpService } from '../../../proxy/web/serve-http.ts';
import { serveHttp } from '../../../proxy/web/serve-http.ts';
import { createStepUpApp } from '../../../proxy/web/step-up-app.ts';
import type { HeldStatement } from '../../../proxy/stepup/stepup.ts';
import type { World } from '../stepup/world.ts';
import { codeAt, column, held, makeWorld, noonMs, request, settledNow, wrongCode } from '../stepup/world.ts';
import type { Answer } from './http.ts';
import { form, send, tokenIn } from './http.ts';

let world: World;
let service: HttpService;
let statement: HeldStatement;

beforeEach(async () => {
  world = makeWorld();
  const app = createStepUpApp({
    stepUp: world.stepUp,
    nowMs: world.timers.nowMs,
    randomBytes: world.randomBytes,
    log: { error: () => {}, warn: () => {} },
    origins: () => servedOrigins('https://stepward.example.com', service.port),
  });
  service = await serveHttp(app, { host: '127.0.0.1', port: 0 });
  statement = held(world.stepUp.challenge(request()));
});
afterEach(() => service.close());

const pathOf = ({ challengeId }: HeldStatement) => `/c/${challengeId}`;
const get = (path: string, headers: Record<string, string> = {}) => send({ port: service.port, path, headers });

async function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { headers: own, body } = form(fields);
  return send({ port: service.port, method: 'POST', path, headers: { ...own, ...headers }, body });
}

const token = async (path = pathOf(statement)) => tokenIn((await get(path)).body);

describe('the step-up page', () => {
  it('shows who, from where, what, why and for how long', async () => {
    const { status, body } = await get(pathOf(statement));
    expect(status).toBe(200);
    for (const text of [
      '<strong>developer</strong>',
      '127.0.0.1',
      'psql',
      statement.code,
      'select <mark>ssn</mark> from customers',
      'personal data needs a fresh proof that it is you',
      'read <code>public.customers.ssn</code>',
      'For 10 minutes',
      '2:00',
    ]) {
      expect(body).toContain(text);
    }
  });

  it('has a field that phones fill with the code of the app', async () => {
    const { body } = await get(pathOf(statement));
    const input = /<input id="code"[^>]*>/.exec(body)?.[0] ?? '';
    for (const attribute of ['inputmode="numeric"', 'autocomplete="one-time-code"', 'autofocus', 'required']) {
      expect(input).toContain(attribute);
    }
    expect(body).toContain('<label for="code">');
  });

  it('escapes what a client chose', async () => {
    const evil = held(
      world.stepUp.challenge(
        request({
          text: `select ssn /* </pre><script>alert(1)</script> */ from "<img src=x onerror=alert(2)>"`,
          application: `"><script>alert(3)</script>`,
          accesses: [column('<b>email')],
          reasons: [{ id: 'x', reason: '<i>why</i>' }],
        }),
      ),
    );
    const { body } = await get(pathOf(evil));
    expect(body.match(/<script>/g)).toHaveLength(1);
    expect(body).not.toMatch(/<img|<b>|<i>/);
    expect(body).toContain('&lt;script&gt;alert(1)');
  });

  it('makes characters visible that would make the statement look like another', async () => {
    const evil = held(
      world.stepUp.challenge(
        request({ text: 'select 1 /*\u202e*/ , ssn\u200b from customers', accesses: [column('e')] }),
      ),
    );
    const { body } = await get(pathOf(evil));
    expect(body).not.toMatch(/[\u202e\u200b]/);
    expect(body).toContain('>U+202E<');
    expect(body).toContain('>U+200B<');
  });

  it('lets nothing in or out that is not its own', async () => {
    const { headers, body } = await get(pathOf(statement));
    const csp = String(headers['content-security-policy']);
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]) {
      expect(csp).toContain(directive);
    }
    expect(csp).not.toContain('unsafe');
    const hashOf = (tag: string) => {
      const inside = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(body)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(inside).digest('base64')}'`;
    };
    expect(csp).toContain(`style-src ${hashOf('style')}`);
    expect(csp).toContain(`script-src ${hashOf('script')}`);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(body).not.toMatch(/(?:src|href)="(?!data:,)/);
    expect(body).not.toMatch(/ (?:on\w+|style)="/);
  });

  it('has the same headers on its errors', async () => {
    for (const path of ['/nothing', '/c/none', '/c/%ff', '/api/none']) {
      const { headers } = await get(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('says its state to the script', async () => {
    const state = async () => JSON.parse((await get(`${pathOf(statement)}/state`)).body);
    world.timers.advance(20_000);
    expect(await state()).toEqual({ state: 'waiting', remainingMs: 100_000, waiting: 1 });
    world.timers.advance(100_000);
    expect(await state()).toEqual({ state: 'expired' });
    expect((await get('/c/none/state')).status).toBe(404);
  });
});

describe('confirming on the page', () => {
  it('lets the statement go on and shows that it does', async () => {
    const answer = await post(`${pathOf(statement)}/confirm`, { token: await token(), code: codeAt(noonMs) });
    expect([answer.status, answer.headers.location]).toEqual([303, pathOf(statement)]);
    expect((await statement.outcome).kind).toBe('confirmed');
    const after = await get(pathOf(statement));
    expect([after.status, after.body.includes('<h1>Confirmed</h1>')]).toEqual([200, true]);
    expect(after.body).not.toContain('customers');
    expect(world.events().at(-2)).toMatchObject({
      type: 'challenge.confirmed',
      data: { from: '127.0.0.1', via: 'page' },
    });
  });

  it('with a wrong code shows the form again, says why and keeps the statement', async () => {
    const answer = await post(`${pathOf(statement)}/confirm`, { token: await token(), code: wrongCode(noonMs) });
    expect(answer.status).toBe(422);
    expect(answer.body).toContain('role="alert">This code is not right');
    expect(answer.body).toContain('aria-invalid="true"');
    expect(await settledNow(statement.outcome)).toBe('pending');
    expect(world.events().at(-1)).toMatchObject({ type: 'proof.refused', data: { reason: 'wrong' } });
  });

  it('is locked after five wrong codes', async () => {
    const fields = { token: await token(), code: wrongCode(noonMs) };
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await post(`${pathOf(statement)}/confirm`, fields)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 429, 429]);
    const locked = await post(`${pathOf(statement)}/confirm`, { ...fields, code: codeAt(noonMs) });
    expect([locked.status, locked.headers['retry-after']]).toEqual([429, '300']);
  });

  it('of a challenge that is over shows how it ended', async () => {
    const fields = { token: await token(), code: codeAt(noonMs) };
    world.timers.advance(120_000);
    expect((await post(`${pathOf(statement)}/confirm`, fields)).status).toBe(303);
    const { status, body } = await get(pathOf(statement));
    expect([status, body.includes('<h1>Too late</h1>')]).toEqual([410, true]);
  });

  it('is a page again after a reload of the answer', async () => {
    const { status, headers } = await get(`${pathOf(statement)}/confirm`);
    expect([status, headers.location]).toEqual([303, pathOf(statement)]);
  });
});

describe('"This is not me"', () => {
  it('cancels the statement and is an alarm in the audit', async () => {
    const answer = await post(`${pathOf(statement)}/deny`, { token: await token() });
    expect(answer.status).toBe(303);
    expect(await statement.outcome).toEqual({ kind: 'withdrawn', by: 'person' });
    expect(world.events().at(-1)).toMatchObject({ type: 'challenge.withdrawn', data: { by: 'person', alarm: true } });
    const { status, body } = await get(pathOf(statement));
    expect(status).toBe(410);
    expect(body).toContain('you said it was not you');
  });
});

describe('the page takes no request', () => {
  const goodCode = () => codeAt(noonMs);

  it.each([
    ['that another site caused', { 'sec-fetch-site': 'cross-site' }],
    ['that a sibling of our domain caused', { 'sec-fetch-site': 'same-site' }],
    ['with the origin of another site', { origin: 'https://evil.example' }],
    ['with an opaque origin', { origin: 'null' }],
    ['with the right name and a wrong port', { origin: 'http://127.0.0.1:1' }],
  ])('%s', async (_, headers) => {
    for (const verb of ['confirm', 'deny']) {
      const answer = await post(`${pathOf(statement)}/${verb}`, { token: await token(), code: goodCode() }, headers);
      expect(answer.status).toBe(403);
    }
    expect(await settledNow(statement.outcome)).toBe('pending');
  });

  it('without the token of this very challenge', async () => {
    const other = held(world.stepUp.challenge(request({ accesses: [column('email')] })));
    for (const bad of ['', 'x', await token(pathOf(other))]) {
      for (const verb of ['confirm', 'deny']) {
        const answer = await post(`${pathOf(statement)}/${verb}`, { token: bad, code: goodCode() });
        expect(answer.status).toBe(403);
      }
    }
    expect(await settledNow(statement.outcome)).toBe('pending');
  });

  it.each(['evil.example', 'evil.example:6433', '127.0.0.1.evil.example', '127.0.0.1', 'localhost:1'])(
    'under the name %s (DNS rebinding)',
    async (host) => {
      const { status, body } = await get(pathOf(statement), { host });
      expect(status).toBe(421);
      expect(body).not.toContain('customers');
    },
  );

  it('but takes those under its own names', async () => {
    for (const host of [
      `localhost:${service.port}`,
      `[::1]:${service.port}`,
      'stepward.example.com',
      'STEPWARD.example.com',
    ]) {
      expect((await get(pathOf(statement), { host })).status).toBe(200);
    }
    const own = { origin: `http://127.0.0.1:${service.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await post(`${pathOf(statement)}/confirm`, { token: await token(), code: goodCode() }, own)).status).toBe(
      303,
    );
  });

  it('by the short code, which is read aloud', async () => {
    expect((await get(`/c/${statement.code}`)).status).toBe(404);
  });

  it('with a body that is too large', async () => {
    const answer = await post(`${pathOf(statement)}/confirm`, { token: 'x'.repeat(5000) });
    expect(answer.status).toBe(413);
  });

  it('with a body that is no form', async () => {
    const body = JSON.stringify({ token: await token(), code: goodCode() });
    const headers = { 'content-type': 'application/json' };
    const answer = await send({
      port: service.port,
      method: 'POST',
      path: `${pathOf(statement)}/confirm`,
      headers,
      body,
    });
    expect(answer.status).toBe(403);
  });

  it('from an address that keeps guessing links', async () => {
    for (let i = 0; i < 30; i++) expect((await get(`/c/guess${i}`)).status).toBe(404);
    const { status, headers } = await get(pathOf(statement));
    expect([status, headers['retry-after']]).toEqual([429, '300']);
    world.timers.advance(300_000);
    expect((await get('/c/guess')).status).toBe(404);
  });
});

describe('the rest of the site', () => {
  it('answers a health check under any name', async () => {
    expect(await get('/healthz', { host: '10.0.0.1' })).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('says on its front page where links come from', async () => {
    expect((await get('/')).body).toContain('Open that link');
  });
});
