import type { Context, MiddlewareHandler } from 'hono';

/** Answers a refused request in the form that the route speaks (page or JSON). */
export type Refuse = (c: Context, status: 403 | 421, message: string) => Response | Promise<Response>;

/**
 * Refuses requests whose Host is not one of ours: a page of another site that rebinds its DNS name to this address
 * would otherwise be same-origin with us.
 * @param hosts `name:port` pairs, lower case
 */
export function hostGuard(hosts: () => ReadonlySet<string>, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase();
    if (host !== undefined && hosts().has(host)) return next();
    return refuse(c, 421, 'This address is not served here. Open the link exactly as your database client shows it.');
  };
}

/**
 * Refuses a POST that another site's page caused. Browsers say where a request comes from in Sec-Fetch-Site and Origin;
 * what says neither is no browser, and is left to the form's token.
 */
export function originGuard(origins: () => ReadonlySet<string>, refuse: Refuse): MiddlewareHandler {
  return async (c, next) => {
    const site = c.req.header('sec-fetch-site');
    const origin = c.req.header('origin');
    const isForeign =
      (site !== undefined && site !== 'same-origin') || (origin !== undefined && !origins().has(origin));
    if (c.req.method === 'POST' && isForeign) {
      return refuse(
        c,
        403,
        'This request came from another site and was not taken. Open the link again and confirm there.',
      );
    }
    return next();
  };
}

/** The names under which the page is reached: its public URL, and loopback names on the port that it listens on. */
export function servedOrigins(publicUrl: string, listenPort: number): ReadonlySet<string> {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `http://${name}:${listenPort}`);
  return new Set([new URL(publicUrl).origin, ...loopback]);
}

export function hostsOf(origins: ReadonlySet<string>): ReadonlySet<string> {
  // URL drops the default port, as browsers do in Host.
  return new Set([...origins].map((origin) => new URL(origin).host));
}

/** True where the page has no name beyond this machine, so that no reverse proxy speaks for others from loopback. */
export function isServedLocallyOnly(origins: ReadonlySet<string>): boolean {
  return [...origins].every((origin) => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(origin).hostname));
}

/** @param csp the whole Content-Security-Policy */
export function securityHeaders(csp: string): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const headers = {
      'Content-Security-Policy': csp,
      'Cache-Control': 'no-store',
      // Not no-referrer: with it browsers send `Origin: null` on our own forms. No link here leads elsewhere.
      'Referrer-Policy': 'same-origin',
      'X-Frame-Options': 'DENY',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
      'X-Robots-Tag': 'noindex, nofollow',
    };
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
  };
}
