import type { Caller } from '../access/caller.ts';
import type { SavedSearch } from '../db/searches/saved-searches.ts';
import { BadUserInput, Forbidden } from '../errors.ts';
import { decodeSearchId } from '../log/cursor.ts';
import { shownJson } from '../log/shown.ts';
import { deleteSearch as removeSearch, saveSearch as storeSearch } from '../watch/change-searches.ts';
import { parseSearch, type SearchInput } from '../watch/search-content.ts';
import type { Context } from './context.ts';

/** @throws BadUserInput, QuerySyntax, Forbidden */
export async function saveSearch(id: string | null, input: SearchInput, context: Context): Promise<SavedSearch> {
  const { sql, caller, hints, searchCounts } = context;
  requireNoScope(caller, 'saveSearch');
  const uuid = id === null ? null : uuidOf(id);
  const saved = await storeSearch(sql, caller, uuid, parseSearch(input, hints));
  await searchCounts.refresh();
  return saved;
}

/** The id; null if there was no such search. @throws BadUserInput, Forbidden */
export async function deleteSearch(id: string, { sql, caller, searchCounts }: Context): Promise<string | null> {
  requireNoScope(caller, 'deleteSearch');
  const isDeleted = await removeSearch(sql, caller, uuidOf(id));
  await searchCounts.refresh();
  return isDeleted ? id : null;
}

function uuidOf(id: string): string {
  const uuid = decodeSearchId(id);
  if (uuid !== undefined) return uuid;
  throw new BadUserInput(`id: expected the id of a saved search, got ${shownJson(id)}`);
}

function requireNoScope({ scope }: Caller, field: string): void {
  if (scope === null) return;
  throw new Forbidden(`${field}: expected a key without a scope, because all who may read see saved searches`);
}
