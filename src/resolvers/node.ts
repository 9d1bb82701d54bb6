import { requireRight } from '../access/rights.ts';
import { requireAllRecords } from '../access/scope.ts';
import type { Alert } from '../db/alerts/alerts.ts';
import type { AlertEvent } from '../db/alerts/events.ts';
import type { Notifier } from '../db/alerts/notifiers.ts';
import type { ApiKey } from '../db/keys/api-keys.ts';
import type { SavedSearch } from '../db/searches/saved-searches.ts';
import { decodeAlertEventId, decodeAlertId, decodeApiKeyId, decodeNotifierId, decodeSearchId } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { PAGE_MAX, within } from './arguments.ts';
import type { Context } from './context.ts';
import { findLog } from './log.ts';

/** `Node` of the schema. */
export type NodeObject = LogRecord | ApiKey | SavedSearch | Alert | AlertEvent | Notifier;

export const isApiKey = (object: NodeObject): object is ApiKey => 'rights' in object;
export const isSavedSearch = (object: NodeObject): object is SavedSearch => 'metric' in object;

export const isAlert = (object: NodeObject): object is Alert => 'measure' in object;
export const isAlertEvent = (object: NodeObject): object is AlertEvent => 'alertId' in object;
export const isNotifier = (object: NodeObject): object is Notifier => 'target' in object;

interface NodeKind {
  /** The UUID; undefined if the id is not one of this kind. */
  decode(id: string): string | undefined;
  find(uuid: string, context: Context): Promise<NodeObject | null>;
}

/** All but records. */
const KINDS: readonly NodeKind[] = [
  { decode: decodeSearchId, find: (uuid, { loaders }) => loaders.savedSearch.load(uuid) },
  {
    decode: decodeApiKeyId,
    find(uuid, { caller, loaders }) {
      requireRight(caller, 'ADMIN', 'node of an API key');
      return loaders.apiKey.load(uuid);
    },
  },
  {
    decode: decodeAlertId,
    find(uuid, { caller, loaders }) {
      requireAllRecords(caller, 'node of an alert');
      return loaders.alert.load(uuid);
    },
  },
  {
    decode: decodeAlertEventId,
    find(uuid, { caller, loaders }) {
      requireAllRecords(caller, 'node of an event');
      return loaders.alertEvent.load(uuid);
    },
  },
  {
    decode: decodeNotifierId,
    find(uuid, { caller, loaders }) {
      requireRight(caller, 'ADMIN', 'node of a notifier');
      return loaders.notifier.load(uuid);
    },
  },
];

/**
 * Null if the text is not an id, or the object does not exist.
 * @throws Forbidden the id of an API key or a notifier, without ADMIN; of an alert or an event, with a scope
 */
export async function findNode(id: string, context: Context): Promise<NodeObject | null> {
  for (const { decode, find } of KINDS) {
    const uuid = decode(id);
    if (uuid !== undefined) return find(uuid, context);
  }
  return findLog(id, context);
}

export function findNodes(ids: readonly string[], context: Context): Promise<(NodeObject | null)[]> {
  within('ids', ids.length, 0, PAGE_MAX);
  return Promise.all(ids.map((id) => findNode(id, context)));
}
