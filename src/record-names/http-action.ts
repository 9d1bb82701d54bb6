/** What an HTTP request does, as `action`: its method and path, without origin and query. */
export const httpAction = (method: string, path: string): string =>
  `${method} ${path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/'}`;
