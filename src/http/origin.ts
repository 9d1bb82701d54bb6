export interface Origins {
  /** Beside this server's own; `*`: all. */
  allowed: readonly string[];
  /** The server listens on the loopback interface alone: its own pages come from there. */
  loopbackOnly: boolean;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|::1)$/;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/**
 * Whether a page of `origin` may talk to this server: pages of this server itself, and of the origins that are allowed by
 * name. No `Origin` at all is no page: a program. A name that an attacker's DNS points at the loopback interface is none of
 * this server's.
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

/** What a browser sends with a request of a page's own, which has no `Origin` where it is a GET. */
export const originOf = (headers: Headers): string | null =>
  headers.get('origin') ?? (headers.get('sec-fetch-site') === 'same-origin' ? `http://${headers.get('host')}` : null);

const METHODS = 'GET, POST, OPTIONS';
const HEADERS = 'content-type, content-encoding, idempotency-key, accept';
const PREFLIGHT_SECONDS = '600';

/** What a browser needs to hand an answer to a page of another origin. */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': HEADERS,
    'access-control-max-age': PREFLIGHT_SECONDS,
    vary: 'Origin',
  };
}
