import { hostOf, isLoopback } from './host.ts';

export interface Origins {
  /** Origins allowed besides this server's own; `*` allows all. */
  allowed: readonly string[];
  /** The server listens on the loopback interface only, so its own pages come from there. */
  loopbackOnly: boolean;
  /** This server itself speaks TLS. */
  tls?: boolean;
}

/** What a browser says about the page that sends a request. A program says nothing. */
export interface Sender {
  method: string;
  host: string | null;
  origin: string | null;
  /** `Sec-Fetch-Site`, `-Mode` and `-Dest`. A page cannot set them. */
  site: string | null;
  mode: string | null;
  destination: string | null;
}

export const senderOf = (method: string, header: (name: string) => string | null): Sender => ({
  method,
  host: header('host'),
  origin: header('origin'),
  site: header('sec-fetch-site'),
  mode: header('sec-fetch-mode'),
  destination: header('sec-fetch-dest'),
});

/**
 * Whether the sender of a request may use this server: a program, a page of this server, or a page of an allowed origin.
 * A browser sends no `Origin` with a GET for an image or a script, but it says that the page belongs to another site.
 * Any page may open this server in a tab or window: that page then belongs to this server.
 */
export function isSenderAllowed(sender: Sender, { allowed, loopbackOnly, tls = false }: Origins): boolean {
  const { origin, site } = sender;
  if (origin !== null && (allowed.includes('*') || allowed.includes(origin))) return true;
  const isOtherSite = site === 'cross-site' || site === 'same-site';
  if (origin === null) return !isOtherSite || opensPage(sender);
  return (
    !isOtherSite &&
    isOwnPage(sender, origin, tls ? 'https' : 'http') &&
    (!loopbackOnly || isLoopback(new URL(origin).hostname))
  );
}

/**
 * Whether a page of this server itself sends a request: only then the cookie of a session counts. A browser sends `Origin` with
 * every request that could change something, and with every websocket. It says the site too, but not over HTTP to an address. A
 * GET without both may come from a page on another port of this host: that page cannot read the response.
 */
export function isOfOwnPage(sender: Sender, isTls: boolean): boolean {
  const { method, origin, site } = sender;
  if (origin === null) return isReading(method) && (site === null || site === 'same-origin' || site === 'none');
  return site === null ? isOwnPage(sender, origin, isTls ? 'https' : 'http') : site === 'same-origin';
}

/**
 * Same host, port and scheme. Behind a proxy with TLS the page's scheme is https, and the server sees http. There the browser
 * must confirm that both are the same.
 */
function isOwnPage({ host, site }: Sender, origin: string, scheme: string): boolean {
  if (host === null || hostOf(host) === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const own = new URL(`${scheme}://${host}`);
  return page.origin === own.origin || (site === 'same-origin' && page.origin === new URL(`https://${host}`).origin);
}

const opensPage = ({ method, mode, destination }: Sender): boolean =>
  isReading(method) && mode === 'navigate' && destination === 'document';

export const isReading = (method: string): boolean => ['GET', 'HEAD'].includes(method);

const METHODS = 'GET, HEAD, POST, OPTIONS';
const HEADERS = 'content-type, content-encoding, idempotency-key, accept, authorization, x-api-key, last-event-id';
const EXPOSED = 'retry-after';
const PREFLIGHT_SECONDS = '600';
const HEADER_NAMES = /^[\w-]+(\s*,\s*[\w-]+)*$/;

/**
 * A browser needs these headers to give a response to a page of another origin. `asked`: the headers that the page wants to
 * send (`Access-Control-Request-Headers`). An allowed page may send any.
 */
export function corsHeaders(origin: string, asked: string | null): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': asked && HEADER_NAMES.test(asked) ? `${HEADERS}, ${asked}` : HEADERS,
    'access-control-expose-headers': EXPOSED,
    'access-control-max-age': PREFLIGHT_SECONDS,
    vary: 'Origin, Access-Control-Request-Headers',
  };
}
