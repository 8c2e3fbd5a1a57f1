import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { StepUpService } from '../stepup/create-step-up.ts';
import type { StepUpLog } from '../stepup/log.ts';
import { createAddressLimiter } from './address-limiter.ts';
import { confirmApi } from './confirm-api.ts';
import { challengeRoutes } from './challenge-routes.ts';
import { createCsrf } from './csrf.ts';
import { hostGuard, hostsOf, originGuard, securityHeaders } from './guards.ts';
import { messagePage } from './pages/end-page.ts';
import { contentSecurityPolicy } from './pages/layout.ts';

export type WebEnv = { Bindings: HttpBindings };

export type StepUpAppDeps = {
  readonly stepUp: StepUpService;
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: StepUpLog;
  /** Origins under which the page is reached; see servedOrigins(). Asked late: the port may be known only then. */
  readonly origins: () => ReadonlySet<string>;
};

/** The largest form has an id, a token and a code. */
const maxBodyBytes = 4096;

/** The public HTTP application: the step-up page and the CLI's confirmation. Speaks to a browser that may be hostile. */
export function createStepUpApp(deps: StepUpAppDeps): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  const limiter = createAddressLimiter({ nowMs: deps.nowMs, maxFailures: 30, windowMs: 5 * 60_000 });
  const csrf = createCsrf(deps.randomBytes(32));
  app.use(securityHeaders(contentSecurityPolicy));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.use(hostGuard(() => hostsOf(deps.origins()), refuse));
  app.use(originGuard(deps.origins, refuse));
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }));
  app.route('/c', challengeRoutes({ ...deps, limiter, csrf }));
  app.route('/api', confirmApi({ ...deps, limiter }));
  app.get('/', (c) =>
    c.html(
      messagePage(
        'Nothing to confirm here',
        'When a statement waits for you, your database client shows a link to this server. Open that link.',
        'On the command line, `stepward confirm CODE` does the same.',
      ),
    ),
  );
  app.notFound((c) => answer(c, 404, 'There is no such page.'));
  app.onError((error, c) => {
    deps.log.error({ err: error, path: c.req.routePath }, 'the step-up page failed');
    return answer(c, 500, 'Something went wrong here, and nothing was confirmed. Tell the administrator of stepward.');
  });
  return app;
}

function refuse(c: Context, status: 403 | 421, message: string): Response | Promise<Response> {
  return answer(c, status, message);
}

function tooLarge(c: Context): Response | Promise<Response> {
  return answer(c, 413, 'This request is too large.');
}

function answer(c: Context, status: 403 | 404 | 413 | 421 | 500, message: string): Response | Promise<Response> {
  if (c.req.path.startsWith('/api/')) return c.json({ outcome: 'refused', message }, status);
  return c.html(messagePage(status === 404 ? 'Not found' : 'Not taken', message), status);
}
