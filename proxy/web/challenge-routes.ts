import type { Context } from 'hono';
import { Hono } from 'hono';
import type { EndedChallenge } from '../stepup/challenge.ts';
import type { ProofResult, ProofSource } from '../stepup/proof.ts';
import type { AddressLimiter } from './address-limiter.ts';
import { clientAddress } from './client-address.ts';
import type { Csrf } from './csrf.ts';
import { challengePage } from './pages/challenge-page.ts';
import { messagePage, outcomePage } from './pages/end-page.ts';
import type { StepUpAppDeps, WebEnv } from './step-up-app.ts';

type RouteDeps = StepUpAppDeps & { readonly limiter: AddressLimiter; readonly csrf: Csrf };
type Answer = Response | Promise<Response>;

/** The page of one challenge: shown, followed, confirmed, denied. The id in the URL is the right to see it. */
export function challengeRoutes(deps: RouteDeps): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  routes.use('/:id/*', async (c, next) => blocked(c, deps) ?? next());
  routes.get('/:id', (c) => show(c, deps, c.req.param('id')));
  routes.get('/:id/state', (c) => state(c, deps, c.req.param('id')));
  // A reload after a wrong code must not be a dead end.
  routes.get('/:id/:verb{confirm|deny}', (c) => c.redirect(`/c/${encodeURIComponent(c.req.param('id'))}`, 303));
  routes.post('/:id/confirm', (c) => confirm(c, deps, c.req.param('id')));
  routes.post('/:id/deny', (c) => deny(c, deps, c.req.param('id')));
  return routes;
}

function show(
  c: Context<WebEnv>,
  deps: RouteDeps,
  id: string,
  problem?: string,
  status: 200 | 422 | 503 = 200,
): Answer {
  const found = findById(deps, id);
  if (found === undefined) return unknown(c, deps);
  if (found.kind === 'ended') return c.html(outcomePage(found.outcome), endedStatus(found));
  const digits = deps.stepUp.codeDigits(found.request.principal.id);
  const page = { challenge: found, csrfToken: deps.csrf.tokenFor(id), nowMs: deps.nowMs(), digits };
  return c.html(challengePage(problem === undefined ? page : { ...page, problem }), status);
}

function state(c: Context<WebEnv>, deps: RouteDeps, id: string): Answer {
  const found = findById(deps, id);
  if (found === undefined) return c.json({ state: 'unknown' }, 404);
  if (found.kind === 'ended') return c.json({ state: found.outcome.kind });
  const remainingMs = Math.max(0, found.deadlineMs - deps.nowMs());
  return c.json({ state: 'waiting', remainingMs, waiting: found.waiting });
}

async function confirm(c: Context<WebEnv>, deps: RouteDeps, id: string): Promise<Response> {
  const form = await readForm(c);
  if (findById(deps, id) === undefined) return unknown(c, deps);
  if (!deps.csrf.isValid(id, form.token)) return staleForm(c, deps);
  const result = await deps.stepUp.confirm(id, form.code, sourceOf(c));
  return afterProof(c, deps, id, result);
}

function afterProof(c: Context<WebEnv>, deps: RouteDeps, id: string, result: ProofResult): Answer {
  switch (result.kind) {
    case 'confirmed':
    case 'ended':
      return c.redirect(`/c/${id}`, 303);
    case 'refused':
      deps.limiter.failed(clientAddress(c));
      return show(c, deps, id, result.message, 422);
    case 'lockedOut':
      deps.limiter.failed(clientAddress(c));
      return c.html(messagePage('Locked for a while', result.message), 429, retryAfter(result.untilMs, deps.nowMs()));
    case 'unknown':
      return unknown(c, deps);
    case 'unavailable':
      return show(c, deps, id, result.message, 503);
  }
}

async function deny(c: Context<WebEnv>, deps: RouteDeps, id: string): Promise<Response> {
  const form = await readForm(c);
  if (findById(deps, id) === undefined) return unknown(c, deps);
  if (!deps.csrf.isValid(id, form.token)) return staleForm(c, deps);
  deps.stepUp.deny(id, sourceOf(c));
  return c.redirect(`/c/${id}`, 303);
}

/** Only the unguessable id opens the page: a short code, which is read aloud, must not show the statement. */
function findById(deps: RouteDeps, id: string): ReturnType<StepUpAppDeps['stepUp']['find']> {
  const found = deps.stepUp.find(id);
  return found?.id === id ? found : undefined;
}

function blocked(c: Context<WebEnv>, deps: RouteDeps): Answer | undefined {
  const seconds = deps.limiter.blockedSeconds(clientAddress(c));
  if (seconds === undefined) return undefined;
  const text = 'Too many requests from your address did not fit. Wait a few minutes, then open the link again.';
  return c.html(messagePage('Too many tries', text), 429, { 'Retry-After': String(seconds) });
}

function unknown(c: Context<WebEnv>, deps: RouteDeps): Answer {
  deps.limiter.failed(clientAddress(c));
  return c.html(
    messagePage(
      'Nothing to confirm here',
      'This link does not lead to a waiting statement: it is too old, or not complete.',
      'Open the link exactly as your database client shows it, or run the statement again.',
    ),
    404,
  );
}

function staleForm(c: Context<WebEnv>, deps: RouteDeps): Answer {
  deps.limiter.failed(clientAddress(c));
  return c.html(
    messagePage('Not taken', 'This form is not valid any more. Open the link again and confirm there.'),
    403,
  );
}

function endedStatus(challenge: EndedChallenge): 200 | 410 {
  return challenge.outcome.kind === 'confirmed' ? 200 : 410;
}

function sourceOf(c: Context<WebEnv>): ProofSource {
  return { address: clientAddress(c), via: 'page' };
}

function retryAfter(untilMs: number | undefined, nowMs: number): Record<string, string> {
  return untilMs === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil((untilMs - nowMs) / 1000))) };
}

async function readForm(c: Context<WebEnv>): Promise<{ readonly token: string; readonly code: string }> {
  // Only the form's own encoding: multipart would bring files, JSON would come past the form.
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '');
  const fields = new URLSearchParams(isForm ? await c.req.text() : '');
  return { token: fields.get('token') ?? '', code: fields.get('code') ?? '' };
}
