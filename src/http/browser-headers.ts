/**
 * What a browser must know about each response. No page may show it in a frame, where a click could be stolen. Its content
 * type is as sent. A link to another site tells that site nothing. A response that is not a page loads and runs nothing.
 * No cache keeps a response: proxies know that one to `Authorization` is for one client alone, but not so with `x-api-key`.
 */
export const BROWSER_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** Keeps a header that the response has: a page has a content security policy of its own. */
export function setBrowserHeaders({ headers }: Response): void {
  for (const [name, value] of Object.entries(BROWSER_HEADERS)) if (!headers.has(name)) headers.set(name, value);
}
