import { requireAllRecords } from '../access/scope.ts';
import type { Alert } from '../db/alerts/alerts.ts';
import { type AlertEvent, type EventPage, readEventPage, readRecentEvents } from '../db/alerts/events.ts';
import { BadUserInput } from '../errors.ts';
import { newItems } from '../live/new-items.ts';
import { decodeAlertEventCursor, encodeAlertEventCursor } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import { alertUuid } from './alerts.ts';
import { first, type TimeRange, windowOrAll, within } from './arguments.ts';
import type { Context } from './context.ts';

/** Alerts that a request may name. */
export const NAMED_ALERTS_MAX = 1000;

interface PageArguments {
  first: number;
  after?: string | null;
}

interface EventsArguments extends PageArguments {
  alertIds?: readonly string[] | null;
  time?: TimeRange | null;
}

/** @throws BadUserInput, CursorInvalid, Forbidden */
export async function alertEvents(args: EventsArguments, context: Context): Promise<EventPage> {
  requireAllRecords(context.caller, 'alertEvents');
  const page = pageOf(args);
  const request = { alertIds: uuidsOf(args.alertIds), window: await windowOrAll(args.time, context.clock) };
  return readEventPage(context.sql, { ...request, limit: page.first, after: page.after });
}

export const eventsOf = ({ id }: Alert, args: PageArguments, { loaders }: Context): Promise<EventPage> =>
  loaders.eventsOfAlert.load({ id, ...pageOf(args) });

const pageOf = (args: PageArguments) => ({
  first: first(args.first),
  after: args.after == null ? null : decodeAlertEventCursor(args.after, 'after'),
});

function uuidsOf(ids: readonly string[] | null | undefined): string[] | null {
  if (!ids) return null;
  within('alertIds', ids.length, 0, NAMED_ALERTS_MAX);
  return ids.map((id) => alertUuid(id, 'alertIds'));
}

export async function alertOf({ alertId }: AlertEvent, { loaders }: Context): Promise<Alert> {
  const alert = await loaders.alert.load(alertId);
  if (alert) return alert;
  throw new BadUserInput('alert: expected the alert of the event, got none: it was deleted meanwhile. Ask again');
}

/** Without those that were removed. */
export const sampleOf = async ({ sample }: AlertEvent, { loaders }: Context): Promise<LogRecord[]> =>
  (await Promise.all(sample.map((position) => loaders.log.load(position)))).filter((record) => record !== null);

export function eventPageInfo({ events, hasNextPage }: EventPage) {
  const [start, end] = [events.at(0), events.at(-1)];
  return {
    hasNextPage,
    hasPreviousPage: false,
    startCursor: start ? encodeAlertEventCursor(start) : null,
    endCursor: end ? encodeAlertEventCursor(end) : null,
  };
}

const READ_EVERY_MS = 1000;
/** Longer than the oldest minute that is evaluated afterwards. `at` of an event is that minute. */
const RECENT_MS = 30 * 60_000;
const RECENT_MAX = 10_000;

/** Events of all servers. Reads them from the database: any of them may evaluate. @throws BadUserInput, Forbidden */
export function watchAlertEvents(
  ids: readonly string[] | null | undefined,
  context: Context,
): AsyncIterable<AlertEvent> {
  requireAllRecords(context.caller, 'alertEvents');
  const alertIds = uuidsOf(ids);
  return newItems(context.tickers, {
    key: context.operationKey,
    everyMs: READ_EVERY_MS,
    read: () => readRecentEvents(context.openShared(), alertIds, RECENT_MS, RECENT_MAX),
  });
}
