import { computed, type ReadonlySignal, signal } from '@preact/signals';

/**
 * The state of the page is its URL: what is here survives a reload, goes back and forward, and shows the same to who gets the link.
 * Each name is a search parameter of `/`.
 */
export interface UrlState {
  view: string;
  /** The search text. */
  q: string;
  /** A range that ends now, as a Duration: `1h`; `today`, `yesterday`, `this week`; `all`. Or `from` and `to`, RFC 3339. */
  last: string;
  from: string;
  to: string;
  /** Columns of the table, joined by commas: `level,service,attributes.http.route`. */
  columns: string;
  order: string;
  /** What the bars of the histogram are grouped by: a field or `attributes.x`. */
  by: string;
  /** `utc`, `local` or an IANA name. */
  zone: string;
  /** Seconds between refreshes. */
  refresh: string;
  /** The id of the open record. */
  record: string;
  /** The records around the open one, by `service`, `host`, `correlation` or `all`. */
  around: string;
  /** What patterns are compared with: `before`, `day`, `week`. */
  since: string;
  /** The correlation id of the open chain. */
  chain: string;
  /** The pipeline id of the open run. */
  run: string;
  /** The id of the open alert. */
  alert: string;
  /** Which runs are shown: those of one status, one name, one service. */
  status: string;
  name: string;
  service: string;
  live: string;
}
export type UrlName = keyof UrlState;
export type UrlChange = { [Name in UrlName]?: string | undefined };

const parameters = signal(new URLSearchParams(location.search));
addEventListener('popstate', () => {
  parameters.value = new URLSearchParams(location.search);
});

/** The value of one parameter, as a signal; undefined where the URL does not have it. */
export const urlValue = (name: UrlName): ReadonlySignal<string | undefined> =>
  computed(() => parameters.value.get(name) ?? undefined);

/** The URL after a change of parameters: for links. Undefined and '' remove one. */
export function urlWith(change: UrlChange, from: URLSearchParams = parameters.value): string {
  const next = new URLSearchParams(from);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return text === '' ? '/' : `/?${text}`;
}

/** Opens a URL of this page, such as `urlWith` makes. A new entry of the history, unless it is told to `replace`. */
export function goTo(url: string, { replace = false }: { replace?: boolean } = {}): void {
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  parameters.value = new URLSearchParams(location.search);
}

/** Changes parameters: "back" undoes it, unless it is told to `replace`. */
export const go = (change: UrlChange, options?: { replace?: boolean }): void => goTo(urlWith(change), options);
