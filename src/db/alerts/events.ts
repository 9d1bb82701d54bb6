import type { AlertEventPosition, Position } from '../../log/cursor.ts';
import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';

export const EVENT_KINDS = ['FIRED', 'RESOLVED'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** A row of `alert_events`. */
export interface AlertEvent {
  id: string;
  alertId: string;
  kind: EventKind;
  /** The whole minute that was evaluated. */
  at: Timestamp;
  value: number | null;
  range: TimeSpan;
  /** Places of records, the newest first. */
  sample: Position[];
}

type EventRow = Omit<AlertEvent, 'range'> & TimeSpan;

const event = (sql: Sql): Fragment => sql`
  id, alert_id as "alertId", kind, at, value, from_ts as "from", to_ts as "to", sample`;

const eventOf = ({ from, to, ...row }: EventRow): AlertEvent => ({ ...row, range: { from, to } });

/** @returns the event with its id; undefined if the alert has an event of this minute: the database's clock went back */
export async function insertEvent(tx: Sql, made: Omit<AlertEvent, 'id'>): Promise<AlertEvent | undefined> {
  const { alertId, kind, at, value, range, sample } = made;
  const [row] = await tx<EventRow[]>`
    insert into alert_events (alert_id, kind, at, value, from_ts, to_ts, sample)
    values (${alertId}::uuid, ${kind}, ${at}::timestamptz, ${value}, ${range.from}::timestamptz, ${range.to}::timestamptz,
      ${JSON.stringify(sample)}::text::jsonb)
    on conflict (alert_id, at) do nothing
    returning ${event(tx)}`;
  return row && eventOf(row);
}

/** In the order of the ids; null for one that does not exist. */
export async function findEvents(sql: Sql, ids: readonly string[]): Promise<(AlertEvent | null)[]> {
  const rows = await sql<
    EventRow[]
  >`select ${event(sql)} from alert_events where id = any (${ids as string[]}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, eventOf(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

export interface EventPage {
  events: AlertEvent[];
  hasNextPage: boolean;
}

export interface EventRequest {
  /** Null: of all alerts. */
  alertIds: readonly string[] | null;
  window: TimeWindow;
  limit: number;
  after: AlertEventPosition | null;
}

/** The newest first. Uses `idx_alert_events_at`, or the unique index of alert and time. */
export async function readEventPage(sql: Sql, { alertIds, window, limit, after }: EventRequest): Promise<EventPage> {
  const rows = await sql<EventRow[]>`
    select ${event(sql)} from alert_events
    where at < ${window.to}::timestamptz ${window.from === null ? sql`` : sql`and at >= ${window.from}::timestamptz`}
      ${alertIds === null ? sql`` : sql`and alert_id = any (${alertIds as string[]}::uuid[])`}
      ${after === null ? sql`` : sql`and (at, id) < (${after.at}::timestamptz, ${after.id}::uuid)`}
    order by at desc, id desc limit ${limit + 1}`;
  return pageOf(rows.map(eventOf), limit);
}

/** The events of the last time, by the database's clock, oldest first. Uses `idx_alert_events_at`. */
export async function readRecentEvents(
  sql: Sql,
  alertIds: readonly string[] | null,
  withinMs: Milliseconds,
  limit: number,
): Promise<AlertEvent[]> {
  const rows = await sql<EventRow[]>`
    select ${event(sql)} from alert_events
    where at > now() - ${withinMs / 1000}::float8 * interval '1 second'
      ${alertIds === null ? sql`` : sql`and alert_id = any (${alertIds as string[]}::uuid[])`}
    order by at desc, id desc limit ${limit}`;
  return rows.map(eventOf).reverse();
}

/** A page of each alert, the newest first. Uses the unique index of alert and time. */
export async function readEventPages(
  sql: Sql,
  alertIds: readonly string[],
  limit: number,
  after: AlertEventPosition | null,
): Promise<EventPage[]> {
  const rows = await sql<EventRow[]>`
    select found.* from unnest(${alertIds as string[]}::uuid[]) as wanted (wanted_id) cross join lateral (
      select ${event(sql)} from alert_events where alert_id = wanted_id
        ${after === null ? sql`` : sql`and (at, id) < (${after.at}::timestamptz, ${after.id}::uuid)`}
      order by at desc, id desc limit ${limit + 1}
    ) as found order by at desc, id desc`;
  const byAlert = Map.groupBy(rows.map(eventOf), ({ alertId }) => alertId);
  return alertIds.map((id) => pageOf(byAlert.get(id) ?? [], limit));
}

const pageOf = (events: AlertEvent[], limit: number): EventPage => ({
  events: events.slice(0, limit),
  hasNextPage: events.length > limit,
});

/** Deletes in steps, so that no statement is long. */
const STEP_ROWS = 1000;

/** Also trials. The deliveries of an event go with it. */
export async function deleteOldEvents(sql: Sql, ageMs: Milliseconds): Promise<void> {
  const old = sql`now() - ${ageMs / 1000}::float8 * interval '1 second'`;
  for (let deleted = STEP_ROWS; deleted === STEP_ROWS; ) {
    const { count } = await sql`
      delete from alert_events where id in (select id from alert_events where at < ${old} order by at limit ${STEP_ROWS})`;
    deleted = count;
  }
  await sql`delete from alert_deliveries where event_id is null and created_at < ${old}`;
}
