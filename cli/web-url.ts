import type { Config } from '../proxy/config.ts';

/** Where `confirm` looks without a config: what a config has that says nothing of `web`. */
export const DEFAULT_WEB_URL = 'http://127.0.0.1:6433';

/** Where people reach the step-up page. */
export function webUrl({ web }: Config): string {
  if (web.publicUrl !== undefined) return web.publicUrl;
  const host = web.listen.host.includes(':') ? `[${web.listen.host}]` : web.listen.host;
  return `http://${host}:${web.listen.port}`;
}
