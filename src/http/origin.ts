export interface Origins {
  /** Origins allowed besides this server's own; `*` allows all. */
  allowed: readonly string[];
  /** The server listens on the loopback interface only, so its own pages come from there. */
  loopbackOnly: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/**
 * Whether a page of `origin` may use this server: a page of this server, or of an allowed origin. Without an `Origin` the
 * client is a program, not a page. An attacker's DNS name may resolve to the loopback interface, so a name that is not a
 * loopback name is not this server's own when the server listens on loopback only.
 */
export function isOriginAllowed(
  origin: string | null,
  host: string | null,
  { allowed, loopbackOnly }: Origins,
): boolean {
  if (origin === null || allowed.includes('*') || allowed.includes(origin)) return true;
  if (host === null || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host && (!loopbackOnly || isLoopback(page.hostname));
}

/** The origin of the page that sent a request. A browser sends no `Origin` with a GET to the page's own server. */
export const originOf = (headers: Headers): string | null =>
  headers.get('origin') ?? (headers.get('sec-fetch-site') === 'same-origin' ? `http://${headers.get('host')}` : null);

const METHODS = 'GET, POST, OPTIONS';
const HEADERS = 'content-type, content-encoding, idempotency-key, accept';
const PREFLIGHT_SECONDS = '600';

/** A browser needs these headers to give a response to a page of another origin. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': HEADERS,
    'access-control-max-age': PREFLIGHT_SECONDS,
    vary: 'Origin',
  };
}
