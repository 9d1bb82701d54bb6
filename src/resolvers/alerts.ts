import { requireAllRecords } from '../access/scope.ts';
import { type Alert, type AlertState, findAlerts, listAlerts } from '../db/alerts/alerts.ts';
import type { Delivery } from '../db/alerts/deliveries.ts';
import { findNotifiers, type Notifier } from '../db/alerts/notifiers.ts';
import type { SavedSearch } from '../db/searches/saved-searches.ts';
import { BadUserInput } from '../errors.ts';
import { decodeAlertId, decodeNotifierId, decodeSearchId } from '../log/cursor.ts';
import type { Milliseconds } from '../log/duration.ts';
import { shownJson } from '../log/shown.ts';
import { type AlertInput, parseAlert } from '../watch/alerts/alert-content.ts';
import { trialOf } from '../watch/alerts/trial.ts';
import * as changes from '../watch/change-alerts.ts';
import { deleteNotifier as removeNotifier, saveNotifier as storeNotifier } from '../watch/change-notifiers.ts';
import type { NotifierInput } from '../watch/notifier-content.ts';
import type { Context } from './context.ts';

/** @throws Forbidden the caller has a scope */
export async function alerts(states: readonly AlertState[] | null | undefined, context: Context): Promise<Alert[]> {
  requireAllRecords(context.caller, 'alerts');
  const all = await listAlerts(context.sql);
  return states ? all.filter(({ state }) => states.includes(state)) : all;
}

/** Null for a scoped key: alerts tell of all records. */
export const alertsOfSearch = async ({ id }: SavedSearch, { caller, loaders }: Context): Promise<Alert[] | null> =>
  caller.scope === null ? loaders.alertsOfSearch.load(id) : null;

/** An alert keeps its search from being deleted. Both are read apart: a change between them is an error that a retry ends. */
export async function searchOf({ searchId }: Alert, { loaders }: Context): Promise<SavedSearch> {
  const search = await loaders.savedSearch.load(searchId);
  if (search) return search;
  throw new BadUserInput('search: expected the search of the alert, got none: it was changed meanwhile. Ask again');
}

/** Those that were deleted since the alert was read are left out. */
export const notifiersOf = async ({ notifierIds }: Alert, { loaders }: Context): Promise<Notifier[]> =>
  (await Promise.all(notifierIds.map((id) => loaders.notifier.load(id)))).filter((notifier) => notifier !== null);

/** What a client gives: ids as it got them. */
export type AlertArguments = Omit<AlertInput, 'searchId' | 'notifierIds'> & {
  searchId: string;
  notifierIds: readonly string[];
};

/** @throws BadUserInput */
export async function saveAlert(id: string | null, input: AlertArguments, { sql, caller }: Context): Promise<Alert> {
  const uuid = id === null ? null : alertUuid(id);
  const searchId = decoded('input.searchId', 'a saved search', input.searchId, decodeSearchId);
  const notifierIds = input.notifierIds.map((one) => decoded('input.notifierIds', 'a notifier', one, decodeNotifierId));
  return changes.saveAlert(sql, caller, uuid, parseAlert({ ...input, searchId, notifierIds }));
}

/** The id; null if there was no such alert. @throws BadUserInput */
export const deleteAlert = async (id: string, { sql, caller }: Context): Promise<string | null> =>
  (await changes.deleteAlert(sql, caller, alertUuid(id))) ? id : null;

/** @throws BadUserInput */
export const silenceAlert = (id: string, forMs: Milliseconds | null, { sql, caller }: Context): Promise<Alert> =>
  changes.silenceAlert(sql, caller, alertUuid(id), forMs);

/** @throws BadUserInput it does not exist, or has no notifier */
export async function testAlert(id: string, { sql, caller, deliveries }: Context): Promise<Delivery[]> {
  const [alert] = await findAlerts(sql, [alertUuid(id)]);
  if (!alert) throw new BadUserInput('id: expected the id of an alert, got one that does not exist');
  if (alert.notifierIds.length === 0) {
    throw new BadUserInput('id: expected an alert with a notifier, got one without: nothing can be sent');
  }
  const notifiers = (await findNotifiers(sql, alert.notifierIds)).filter((notifier) => notifier !== null);
  const trial = await trialOf(sql, caller, alert);
  return deliveries.trial(trial, notifiers);
}

/** @throws BadUserInput */
export const saveNotifier = (id: string | null, input: NotifierInput, { sql, caller }: Context): Promise<Notifier> =>
  storeNotifier(sql, caller, id === null ? null : notifierUuid(id), input);

/** The id; null if there was no such notifier. @throws BadUserInput */
export const deleteNotifier = async (id: string, { sql, caller }: Context): Promise<string | null> =>
  (await removeNotifier(sql, caller, notifierUuid(id))) ? id : null;

export const alertUuid = (id: string, at = 'id'): string => decoded(at, 'an alert', id, decodeAlertId);
const notifierUuid = (id: string): string => decoded('id', 'a notifier', id, decodeNotifierId);

function decoded(at: string, what: string, id: string, decode: (id: string) => string | undefined): string {
  const uuid = decode(id);
  if (uuid !== undefined) return uuid;
  throw new BadUserInput(`${at}: expected the id of ${what}, got ${shownJson(id)}`);
}
