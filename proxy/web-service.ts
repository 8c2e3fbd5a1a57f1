import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { StepUpService } from './stepup/create-step-up.ts';
import { servedOrigins } from './web/guards.ts';
import { type HttpService, serveHttp } from './web/serve-http.ts';
import { createStepUpApp } from './web/step-up-app.ts';

/** The URL of the step-up page; its port is known for certain only once it listens. */
export type PageUrl = { readonly url: () => string; port: number };

export function pageUrl({ web }: Config): PageUrl {
  const host = web.listen.host.includes(':') ? `[${web.listen.host}]` : web.listen.host;
  const page: PageUrl = { port: web.listen.port, url: () => web.publicUrl ?? `http://${host}:${page.port}` };
  return page;
}

/** @throws Error of listen: the address is taken, or not ours */
export async function servePage(
  config: Config,
  page: PageUrl,
  deps: { readonly stepUp: StepUpService; readonly log: Logger },
): Promise<HttpService> {
  const origins = (): ReadonlySet<string> => servedOrigins(page.url(), page.port);
  const app = createStepUpApp({ ...deps, nowMs: () => Date.now(), randomBytes, origins });
  const service = await serveHttp(app, config.web.listen);
  page.port = service.port;
  return service;
}
