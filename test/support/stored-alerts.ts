import { insertDeliveries, type Notification } from '../../src/db/alerts/deliveries.ts';
import type { EventKind } from '../../src/db/alerts/events.ts';
import type { NotifierKind } from '../../src/db/alerts/notifiers.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { notification } from './notification.ts';

export interface StoredNotifier {
  id: string;
  name: string;
}

/** A row of `notifiers`. */
export async function storeNotifier(
  sql: Sql,
  { name, kind = 'WEBHOOK', target }: { name: string; kind?: NotifierKind; target: string },
): Promise<StoredNotifier> {
  const [row] = await sql<StoredNotifier[]>`
    insert into notifiers (name, kind, target) values (${name}, ${kind}, ${target}) returning id, name`;
  return row!;
}

/** A row of `alerts`, with a search of its own. @returns what its events tell */
export async function storeAlert(sql: Sql, name: string): Promise<Notification> {
  const [search] = await sql<{ id: string }[]>`
    insert into saved_searches (name, query, metric) values (${name}, 'level:error', false) returning id`;
  const [alert] = await sql<{ id: string }[]>`
    insert into alerts (name, search_id, measure, threshold, minimum, window_minutes, cooldown_ms, enabled)
    values (${name}, ${search!.id}::uuid, 'COUNT', 50, 1, 5, 0, true) returning id`;
  return notification({
    alert: { ...notification().alert, id: alert!.id, name },
    search: { id: search!.id, name, query: 'level:error' },
  });
}

/** An event and its deliveries, as the evaluator writes them. `minute`: of its hour, one event each. */
export const storeEvent = (
  sql: Sql,
  of: Notification,
  { kind, minute }: { kind: EventKind; minute: number },
  notifiers: readonly StoredNotifier[],
): Promise<void> =>
  sql.begin(async (tx) => {
    const at = `2026-11-27T03:${String(minute).padStart(2, '0')}:00.000000Z`;
    const [row] = await tx<{ id: string }[]>`
      insert into alert_events (alert_id, kind, at, value, from_ts, to_ts, sample)
      values (${of.alert.id}::uuid, ${kind}, ${at}::timestamptz, 57, ${at}::timestamptz, ${at}::timestamptz, '[]')
      returning id`;
    const event = { ...of.event!, id: row!.id, kind, at };
    await insertDeliveries(tx as unknown as Sql, { ...of, event }, notifiers);
  }) as Promise<void>;

export interface StoredDelivery {
  attempts: number;
  isDelivered: boolean;
  isGivenUp: boolean;
  isWaiting: boolean;
  error: string | null;
  /** Until the next attempt. */
  waitSeconds: number | null;
}

/** In the order in which they were written. */
export const readDeliveries = async (sql: Sql): Promise<StoredDelivery[]> =>
  sql<StoredDelivery[]>`
    select attempts, delivered_at is not null as "isDelivered", given_up_at is not null as "isGivenUp",
      next_attempt_at is not null as "isWaiting", error,
      extract(epoch from next_attempt_at - now())::float8 as "waitSeconds"
    from alert_deliveries order by place`;

/** Lets time pass: what waits for its next attempt is due. */
export const makeDue = (sql: Sql) =>
  sql`update alert_deliveries set next_attempt_at = now() where next_attempt_at is not null`;
