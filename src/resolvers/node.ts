import { requireRight } from '../access/rights.ts';
import type { ApiKey } from '../db/keys/api-keys.ts';
import type { SavedSearch } from '../db/searches/saved-searches.ts';
import { decodeApiKeyId, decodeSearchId } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_MAX, within } from './arguments.ts';
import type { Context } from './context.ts';
import { findLog } from './log.ts';

/** `Node` of the schema. */
export type NodeObject = LogRecord | ApiKey | SavedSearch;

export const isApiKey = (object: NodeObject): object is ApiKey => 'rights' in object;
export const isSavedSearch = (object: NodeObject): object is SavedSearch => 'metric' in object;

/** Null if the text is not an id, or the object does not exist. @throws Forbidden the id of an API key, without ADMIN */
export async function findNode(id: string, context: Context): Promise<NodeObject | null> {
  const searchId = decodeSearchId(id);
  if (searchId !== undefined) return context.loaders.savedSearch.load(searchId);
  const keyId = decodeApiKeyId(id);
  if (keyId === undefined) return findLog(id, context);
  requireRight(context.caller, 'ADMIN', 'node of an API key');
  return context.loaders.apiKey.load(keyId);
}

export function findNodes(ids: readonly string[], context: Context): Promise<(NodeObject | null)[]> {
  within('ids', ids.length, 0, PAGE_MAX);
  return Promise.all(ids.map((id) => findNode(id, context)));
}
