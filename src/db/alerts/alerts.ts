import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';

export const MEASURES = ['COUNT', 'ERROR_RATE', 'ABSENCE', 'NEW_ERROR', 'LLM_COST_USD'] as const;
export type Measure = (typeof MEASURES)[number];

export const ALERT_STATES = ['OK', 'FIRING', 'UNKNOWN'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** What is evaluated. */
export interface AlertRule {
  measure: Measure;
  /** Null for ABSENCE and NEW_ERROR. */
  threshold: number | null;
  /** ERROR_RATE of fewer records is OK. */
  minimum: number;
  windowMinutes: number;
  cooldownMs: Milliseconds;
}

/** What an ADMIN says of an alert. */
export interface AlertContent extends AlertRule {
  name: string;
  searchId: string;
  enabled: boolean;
  notifierIds: string[];
}

/** `Alert` of the schema. */
export interface Alert extends AlertContent {
  id: string;
  silencedUntil: Timestamp | null;
  state: AlertState;
  value: number | null;
  evaluatedAt: Timestamp | null;
  error: string | null;
}

/** An alert whose next minute is over for so long is UNKNOWN, whatever it was before: nobody evaluates it. */
const LATE = `interval '3 minutes'`;
/** The next minute of an alert is at most a minute ahead. If it is further ahead, the database's clock went back. */
const AHEAD = `interval '2 minutes'`;

/** Over `alert_states`. */
export const isAhead = (sql: Sql): Fragment => sql`(next_minute > now() + ${sql.unsafe(AHEAD)})`;

/** Over `alerts join alert_states`. */
const isLate = (sql: Sql): Fragment =>
  sql`(enabled and (next_minute < now() - ${sql.unsafe(LATE)} or ${isAhead(sql)}))`;

const alert = (sql: Sql): Fragment => sql`
  id, name, search_id as "searchId", measure, threshold, minimum, window_minutes as "windowMinutes",
  cooldown_ms as "cooldownMs", enabled, silenced_until as "silencedUntil",
  array(select notifier_id::text from alert_notifiers join notifiers on notifiers.id = notifier_id
    where alert_id = alerts.id order by lower(notifiers.name), notifiers.name) as "notifierIds",
  case when ${isLate(sql)} then 'UNKNOWN' else state end as state,
  case when ${isLate(sql)} then null else value end as value, evaluated_at as "evaluatedAt",
  case when ${isLate(sql)} then 'No server has evaluated it for minutes.'
    when evaluated_at is null and error is null then 'It was not evaluated yet.' else error end as error`;

const alerts = (sql: Sql): Fragment => sql`alerts join alert_states on alert_id = id`;

/** By name; capital letters do not count. */
export const listAlerts = async (sql: Sql): Promise<Alert[]> =>
  sql<Alert[]>`select ${alert(sql)} from ${alerts(sql)} order by lower(name), name`;

/** In the order of the ids; null for one that does not exist. */
export async function findAlerts(sql: Sql, ids: readonly string[]): Promise<(Alert | null)[]> {
  const rows = await sql<Alert[]>`select ${alert(sql)} from ${alerts(sql)} where id = any (${ids as string[]}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The alerts of each search, by name. */
export async function alertsOfSearches(sql: Sql, searchIds: readonly string[]): Promise<Alert[][]> {
  const rows = await sql<Alert[]>`
    select ${alert(sql)} from ${alerts(sql)} where search_id = any (${searchIds as string[]}::uuid[]) order by lower(name), name`;
  const bySearch = Map.groupBy(rows, ({ searchId }) => searchId);
  return searchIds.map((id) => bySearch.get(id) ?? []);
}

export interface UnknownAlert {
  name: string;
  since: Timestamp;
  error: string | null;
}

/** Alerts that have been UNKNOWN for so long, the longest first. Those that wait for their first evaluation count too. */
export const unknownAlerts = async (sql: Sql, forMs: Milliseconds, limit: number): Promise<UnknownAlert[]> =>
  sql<UnknownAlert[]>`
    select * from (
      select name, least(unknown_since, case when ${isLate(sql)} then next_minute end) as since,
        case when ${isLate(sql)} then 'no server evaluates it' else error end as error
      from ${alerts(sql)} where enabled
    ) as told
    where since < now() - ${forMs / 1000}::float8 * interval '1 second' order by since, name limit ${limit}`;

/** The names of alerts that use a search. */
export async function alertNamesOfSearch(tx: Sql, searchId: string): Promise<string[]> {
  const rows = await tx<{ name: string }[]>`select name from alerts where search_id = ${searchId}::uuid order by name`;
  return rows.map(({ name }) => name);
}

/** The search of these alerts was changed: the result of an evaluation that runs is thrown away. */
export const newVersionOfAlerts = async (tx: Sql, searchId: string): Promise<void> =>
  void (await tx`update alerts set version = version + 1 where search_id = ${searchId}::uuid`);

/** The first minute that is evaluated is the next whole one. */
const nextMinute = (tx: Sql): Fragment => tx`date_trunc('minute', clock_timestamp(), 'UTC') + interval '1 minute'`;

/** @returns the id */
export async function insertAlert(tx: Sql, content: AlertContent): Promise<string> {
  const { name, searchId, measure, threshold, minimum, windowMinutes, cooldownMs, enabled } = content;
  const [row] = await tx<{ id: string }[]>`
    insert into alerts (name, search_id, measure, threshold, minimum, window_minutes, cooldown_ms, enabled)
    values (${name}, ${searchId}::uuid, ${measure}, ${threshold}, ${minimum}, ${windowMinutes}, ${cooldownMs}, ${enabled})
    returning id`;
  await tx`insert into alert_states (alert_id, next_minute) values (${row!.id}::uuid, ${nextMinute(tx)})`;
  await replaceNotifiers(tx, row!.id, content.notifierIds);
  return row!.id;
}

/** What it told goes on: the state stays. An alert that was not enabled begins with the next minute. */
export async function replaceAlert(tx: Sql, id: string, content: AlertContent): Promise<void> {
  const { name, searchId, measure, threshold, minimum, windowMinutes, cooldownMs, enabled } = content;
  // The evaluator locks the two rows in this order.
  const [before] = await tx<{ enabled: boolean }[]>`select enabled from alerts where id = ${id}::uuid for update`;
  await tx`
    update alerts set name = ${name}, search_id = ${searchId}::uuid, measure = ${measure}, threshold = ${threshold},
      minimum = ${minimum}, window_minutes = ${windowMinutes}, cooldown_ms = ${cooldownMs}, enabled = ${enabled},
      version = version + 1
    where id = ${id}::uuid`;
  if (enabled && before?.enabled === false) await beginAgain(tx, id);
  await replaceNotifiers(tx, id, content.notifierIds);
}

const beginAgain = async (tx: Sql, id: string): Promise<void> =>
  void (await tx`
    update alert_states set next_minute = ${nextMinute(tx)},
      unknown_since = case when state = 'UNKNOWN' then clock_timestamp() end
    where alert_id = ${id}::uuid`);

async function replaceNotifiers(tx: Sql, id: string, notifierIds: readonly string[]): Promise<void> {
  await tx`delete from alert_notifiers where alert_id = ${id}::uuid`;
  await tx`
    insert into alert_notifiers (alert_id, notifier_id)
    select ${id}::uuid, notifier_id from unnest(${notifierIds as string[]}::uuid[]) as notifier_id`;
}

/** Null: no longer silenced. */
export const silence = async (tx: Sql, id: string, forMs: Milliseconds | null): Promise<void> =>
  void (await tx`
    update alerts set silenced_until = clock_timestamp() + ${forMs === null ? null : forMs / 1000}::float8 * interval '1 second'
    where id = ${id}::uuid`);

export const removeAlert = async (tx: Sql, id: string): Promise<void> =>
  void (await tx`delete from alerts where id = ${id}::uuid`);
