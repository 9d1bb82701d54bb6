import type { SearchContent } from '../db/searches/saved-searches.ts';
import { BadUserInput } from '../errors.ts';
import { type Filter, parseFilter } from '../log/filter/filter.ts';
import { type Json, storableText } from '../log/json.ts';

const NAME_LENGTH_MAX = 100;
export const DESCRIPTION_LENGTH_MAX = 2000;
export const VIEW_BYTES_MAX = 64 * 1024;

/** `SavedSearchInput` of the schema, which says what each field means. */
export interface SearchInput {
  name: string;
  description?: string | null | undefined;
  query: string;
  view?: Json | undefined;
  metric: boolean;
}

/** @throws BadUserInput, QuerySyntax */
export const parseSearchQuery = (query: string, hints: string[] = []): Filter => parseFilter({ query }, hints, 'input');

/**
 * Checked, and in stored form.
 * @param hints receives sentences for people: what in the query may be meant otherwise
 * @throws BadUserInput, QuerySyntax
 */
export function parseSearch({ name, description, query, view, metric }: SearchInput, hints: string[]): SearchContent {
  parseSearchQuery(query, hints);
  return {
    name: nameOf(name),
    description: description == null ? null : textOf('input.description', description, 0, DESCRIPTION_LENGTH_MAX),
    query: storableText(query),
    view: viewOf(view ?? null),
    metric,
  };
}

/** The name of a search, an alert or a notifier. @throws BadUserInput */
export const nameOf = (name: string): string => textOf('input.name', name.trim(), 1, NAME_LENGTH_MAX);

function textOf(at: string, text: string, min: number, max: number): string {
  if (text.length >= min && text.length <= max) return storableText(text);
  throw new BadUserInput(`${at}: expected ${min} to ${max} characters, got ${text.length}`);
}

function viewOf(view: Json): Json {
  const bytes = Buffer.byteLength(JSON.stringify(view));
  if (bytes <= VIEW_BYTES_MAX) return view;
  throw new BadUserInput(`input.view: expected at most ${VIEW_BYTES_MAX} bytes of JSON, got ${bytes}`);
}
