/**
 * Whether a page of `origin` may talk to this server: pages of this server itself, and of the origins that are allowed by
 * name (`*`: all). No `Origin` at all is no page: a program.
 */
export function isOriginAllowed(origin: string | null, host: string | null, allowOrigins: readonly string[]): boolean {
  if (origin === null || allowOrigins.includes('*') || allowOrigins.includes(origin)) return true;
  return host !== null && URL.canParse(origin) && new URL(origin).host === host;
}

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
