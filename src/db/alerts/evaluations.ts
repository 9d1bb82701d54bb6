import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { type AlertRule, type AlertState, isAhead } from './alerts.ts';

/** An alert with a minute that is not evaluated yet. */
export interface DueAlert extends AlertRule {
  id: string;
  name: string;
  version: number;
  search: { id: string; name: string; query: string };
  /** The minute that is evaluated next. */
  nextMinute: Timestamp;
  lastFiredAt: Timestamp | null;
  isOpen: boolean;
}

type DueRow = Omit<DueAlert, 'search'> & { searchId: string; searchName: string; query: string };

/**
 * Moves alerts back to this minute whose next minute is far ahead: the database's clock was ahead, and is right again. Otherwise
 * nothing would be evaluated until that time, and a cooldown that began in the future would keep them from firing.
 */
export const moveBack = async (sql: Sql, minute: Timestamp): Promise<void> =>
  void (await sql`
    update alert_states set next_minute = ${minute}::timestamptz, unknown_since = least(unknown_since, now()),
      last_fired_at = case when last_fired_at < ${minute}::timestamptz then last_fired_at end
    where ${isAhead(sql)}`);

/** The oldest minute that is not evaluated yet; null without alerts. */
export async function readFirstMinute(sql: Sql): Promise<Timestamp | null> {
  const [row] = await sql<{ first: Timestamp | null }[]>`
    select min(next_minute) as first from alerts join alert_states on alert_id = id where enabled`;
  return row!.first;
}

/** The alerts that are due up to this minute. */
export async function readDueAlerts(sql: Sql, minute: Timestamp): Promise<DueAlert[]> {
  const rows = await sql<DueRow[]>`
    select alerts.id, alerts.name, version, measure, threshold, minimum, window_minutes as "windowMinutes",
      cooldown_ms as "cooldownMs", search_id as "searchId", saved_searches.name as "searchName", query,
      next_minute as "nextMinute", last_fired_at as "lastFiredAt", is_open as "isOpen"
    from alerts join alert_states on alert_id = alerts.id join saved_searches on saved_searches.id = search_id
    where enabled and next_minute <= ${minute}::timestamptz order by alerts.name`;
  return rows.map(({ searchId, searchName, query, ...row }) => ({
    ...row,
    search: { id: searchId, name: searchName, query },
  }));
}

/** What was found for one minute of an alert. */
export interface Evaluation {
  minute: Timestamp;
  state: AlertState;
  value: number | null;
  error: string | null;
  lastFiredAt: Timestamp | null;
  isOpen: boolean;
}

/**
 * Writes an evaluation, if nobody did before and the alert is still the same. `alert` is as it was read. Undefined: nothing is
 * written. The row of the alert stays locked until the transaction ends, so that no change comes between.
 */
export async function recordEvaluation(
  tx: Sql,
  alert: Pick<DueAlert, 'id' | 'version' | 'nextMinute'>,
  { minute, state, value, error, lastFiredAt, isOpen }: Evaluation,
): Promise<{ isSilenced: boolean } | undefined> {
  const [same] = await tx<{ isSilenced: boolean }[]>`
    select coalesce(silenced_until > clock_timestamp(), false) as "isSilenced" from alerts
    where id = ${alert.id}::uuid and version = ${alert.version} and enabled for share`;
  if (!same) return undefined;
  const written = await tx`
    update alert_states set next_minute = ${minute}::timestamptz + interval '1 minute', state = ${state}, value = ${value},
      error = ${error}, evaluated_at = clock_timestamp(), last_fired_at = ${lastFiredAt}::timestamptz, is_open = ${isOpen},
      unknown_since = ${unknownSince(tx, state)}
    where alert_id = ${alert.id}::uuid and next_minute = ${alert.nextMinute}::timestamptz`;
  return written.count === 1 ? same : undefined;
}

const unknownSince = (tx: Sql, state: AlertState): Fragment =>
  state === 'UNKNOWN' ? tx`coalesce(unknown_since, clock_timestamp())` : tx`null`;

/** The notifiers that an alert's events go to. */
export const notifiersOfAlert = async (tx: Sql, id: string): Promise<{ id: string; name: string }[]> =>
  tx<{ id: string; name: string }[]>`
    select id, name from alert_notifiers join notifiers on id = notifier_id where alert_id = ${id}::uuid order by lower(name), name`;
