import type { Context } from 'hono';
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import type { ProofResult } from '../stepup/proof.ts';
import type { AddressLimiter } from './address-limiter.ts';
import { clientAddress, isLoopbackAddress } from './client-address.ts';
import { isServedLocallyOnly } from './guards.ts';
import type { StepUpAppDeps, WebEnv } from './step-up-app.ts';

type ApiDeps = StepUpAppDeps & { readonly limiter: AddressLimiter };

/** What POST /api/confirm takes: the code of the app, and which challenge it is for. */
export const confirmBody = z.strictObject({
  code: z.string().min(1).max(64),
  /** Short code or id; may be left out on the proxy's own machine when just one is pending. */
  challenge: z.string().min(1).max(64).optional(),
  person: z.string().min(1).max(63).optional(),
});
type ConfirmBody = z.output<typeof confirmBody>;

/** `outcome` is for programs, `message` for people. */
export type ConfirmAnswer = { readonly outcome: string; readonly message: string };

/** The confirmation for the CLI, in JSON. */
export function confirmApi(deps: ApiDeps): Hono<WebEnv> {
  const api = new Hono<WebEnv>();
  api.post('/confirm', async (c) => {
    const address = clientAddress(c);
    const seconds = deps.limiter.blockedSeconds(address);
    if (seconds !== undefined) {
      c.header('Retry-After', String(seconds));
      return say(c, 429, 'refused', 'Too many tries from this address. Wait a few minutes.');
    }
    const { status, body } = await confirm(c, deps, address);
    if (status >= 400 && status < 500 && status !== 409) deps.limiter.failed(address);
    return c.json(body, status);
  });
  return api;
}

type Reply = { readonly status: ContentfulStatusCode; readonly body: ConfirmAnswer };

async function confirm(c: Context<WebEnv>, deps: ApiDeps, address: string): Promise<Reply> {
  const body = await readBody(c);
  if (body === undefined) return reply(400, 'refused', 'expected JSON: {"code": "123456", "challenge": "ABCD-EFGH"}');
  const target = body.challenge ?? onlyPending(deps, body, address);
  if (typeof target !== 'string') return target;
  const found = deps.stepUp.find(target);
  const owner = found?.kind === 'open' ? found.request.principal.id : found?.person;
  if (found === undefined || (body.person !== undefined && body.person !== owner)) {
    return reply(
      404,
      'unknown',
      'There is no such request. Compare the code with the one that your database client shows.',
    );
  }
  return replyTo(await deps.stepUp.confirm(found.id, body.code, { address, via: 'cli' }));
}

/**
 * The one challenge that can be meant. Only for the proxy's own machine: from elsewhere a guess without any code could
 * lock out whoever happens to wait. Behind a reverse proxy everyone seems to be this machine, so there it is off too.
 */
function onlyPending(deps: ApiDeps, { person }: ConfirmBody, address: string): string | Reply {
  if (!isLoopbackAddress(address) || !isServedLocallyOnly(deps.origins())) {
    return reply(403, 'ambiguous', 'Name the request with --challenge CODE, the code that your database client shows.');
  }
  const pending = deps.stepUp.pending(person);
  const [only] = pending;
  if (only === undefined) return reply(404, 'unknown', 'No statement waits to be confirmed.');
  if (pending.length === 1) return only.id;
  return reply(
    409,
    'ambiguous',
    `${pending.length} statements wait: name yours with --challenge CODE, the code that your database client shows.`,
  );
}

function replyTo(result: ProofResult): Reply {
  switch (result.kind) {
    case 'confirmed':
      return reply(200, 'confirmed', result.message);
    case 'refused':
      return reply(result.reason === 'malformed' ? 422 : 403, result.reason, result.message);
    case 'lockedOut':
      return reply(429, 'lockedOut', result.message);
    case 'ended':
      return reply(410, `ended:${result.how}`, result.message);
    case 'unknown':
      return reply(404, 'unknown', result.message);
    case 'unavailable':
      return reply(503, 'unavailable', result.message);
  }
}

function reply(status: ContentfulStatusCode, outcome: string, message: string): Reply {
  return { status, body: { outcome, message } };
}

function say(c: Context<WebEnv>, status: ContentfulStatusCode, outcome: string, message: string): Response {
  return c.json({ outcome, message }, status);
}

/** JSON only: a form of another site cannot send this content type without being asked first. */
async function readBody(c: Context<WebEnv>): Promise<ConfirmBody | undefined> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return undefined;
  const value: unknown = await c.req.json().catch(() => undefined);
  const parsed = confirmBody.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
