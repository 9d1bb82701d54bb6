import { signal } from '@preact/signals';
import type { SavedRowFragment } from '../../../api/documents.ts';
import type { Json } from '../../../api/json.ts';
import { query } from '../../../state/search.ts';
import { type UrlName, urlValue, urlWith } from '../../../state/url.ts';
import { hasScope, may } from '../../../state/viewer.ts';

export type SavedSearch = SavedRowFragment;

/** What of the URL is saved beside the search text. */
const SAVED = ['last', 'from', 'to', 'columns', 'order', 'by', 'zone'] as const satisfies UrlName[];
const values = SAVED.map((name) => [name, urlValue(name)] as const);

/** The present search, as it is saved. */
export const presentSearch = (): { query: string; view: Json } => ({
  query: query.value,
  view: Object.fromEntries(
    values.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value] as const])),
  ),
});

/** The URL that shows a saved search. What its view does not say, or says in another form, is as at the start. */
export function urlOf({ query, view }: Pick<SavedSearch, 'query' | 'view'>): string {
  const saved = typeof view === 'object' && view !== null && !Array.isArray(view) ? view : {};
  const said = SAVED.map((name) => [name, typeof saved[name] === 'string' ? saved[name] : undefined] as const);
  return urlWith({
    ...Object.fromEntries(said),
    view: undefined,
    record: undefined,
    chain: undefined,
    alert: undefined,
    q: query,
  });
}

export const maySave = (): boolean => may('READ') && !hasScope();
/** One that is counted as a metric belongs to those with ADMIN. */
export const mayChange = ({ metric }: SavedSearch): boolean => maySave() && (!metric || may('ADMIN'));

/** Counts up after each change: the list is then read again. */
export const changes = signal(0);
