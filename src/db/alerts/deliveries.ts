import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import type { Alert } from './alerts.ts';
import type { AlertEvent } from './events.ts';
import type { Notifier } from './notifiers.ts';

/** A record of a notification. `message` is cut. */
export interface SampleRecord {
  uid: string;
  timestamp: Timestamp;
  /** `ERROR` ... */
  level: string;
  service: string;
  message: string;
}

/** The facts that a notification tells, as they were at the event. It is kept with the delivery: a restart changes nothing. */
export interface Notification {
  alert: Pick<Alert, 'id' | 'name' | 'measure' | 'threshold' | 'windowMinutes'>;
  search: { id: string; name: string; query: string };
  /** Null: a trial. */
  event: Pick<AlertEvent, 'id' | 'kind' | 'at' | 'value' | 'range'> | null;
  /** The newest first. */
  sample: SampleRecord[];
}

/** A row of `alert_deliveries`, as the API shows it. */
export interface Delivery {
  id: string;
  /** Null: a trial. */
  eventId: string | null;
  /** Null: the notifier was deleted. */
  notifierId: string | null;
  /** As it was then. */
  notifierName: string;
  deliveredAt: Timestamp | null;
  attempts: number;
  /** Null: delivered, or given up. */
  nextAttemptAt: Timestamp | null;
  error: string | null;
}

/** One row for each notifier, due at once. In the transaction of the event. */
export const insertDeliveries = async (
  tx: Sql,
  notification: Notification,
  notifiers: readonly Pick<Notifier, 'id' | 'name'>[],
): Promise<void> =>
  void (await tx`
    insert into alert_deliveries (alert_id, event_id, notifier_id, notifier_name, notification)
    select ${notification.alert.id}::uuid, ${notification.event?.id ?? null}::uuid, id, name,
      ${JSON.stringify(notification)}::text::jsonb
    from unnest(${notifiers.map(({ id }) => id)}::uuid[], ${notifiers.map(({ name }) => name)}::text[]) as notifiers (id, name)`);

/** Of each of these events, in the order of their notifiers' names. Uses `idx_alert_deliveries_event`. */
export async function deliveriesOfEvents(sql: Sql, eventIds: readonly string[]): Promise<Delivery[][]> {
  const rows = await sql<Delivery[]>`
    select id, event_id as "eventId", notifier_id as "notifierId", notifier_name as "notifierName",
      delivered_at as "deliveredAt", attempts, next_attempt_at as "nextAttemptAt", error
    from alert_deliveries where event_id = any (${eventIds as string[]}::uuid[]) order by lower(notifier_name), place`;
  const byEvent = Map.groupBy(rows, ({ eventId }) => eventId);
  return eventIds.map((id) => byEvent.get(id) ?? []);
}
