import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import type { Notification } from './deliveries.ts';
import type { Notifier } from './notifiers.ts';

/** A delivery that this server took, to make its next attempt. */
export interface TakenDelivery {
  id: string;
  notification: Notification;
  /** With this one. It also names the attempt: after the lease, another server may have begun the next one. */
  attempts: number;
  notifier: Pick<Notifier, 'id' | 'kind' | 'target' | 'secret'>;
}

interface Taking {
  /** How many to take, and how many attempts a server makes at the same time for one notifier. */
  limit: number;
  perNotifierMax: number;
  /** How many attempts this server makes now, by notifier. */
  sending: ReadonlyMap<string, number>;
  /** A delivery whose server does not say what became of it is due again after this time. */
  leaseMs: Milliseconds;
  /** What was tried without success for longer than this is given up. */
  ageMsMax: Milliseconds;
}

const ms = (sql: Sql, value: Milliseconds): Fragment => sql`${value} * interval '1 millisecond'`;

/**
 * Takes due deliveries, those of notifiers that work before others. Several servers may take at the same time: none waits, and
 * none gets what another one took. A delivery of an alert that is silenced is not due. One that comes after another one of the
 * same alert and notifier is not due until that one is delivered or given up. What is too old, or whose notifier was deleted, is
 * given up. Uses idx_alert_deliveries_next and idx_alert_deliveries_order.
 */
export async function takeDueDeliveries(sql: Sql, taking: Taking): Promise<TakenDelivery[]> {
  const { limit, perNotifierMax, sending, leaseMs, ageMsMax } = taking;
  const rows = await sql<(Omit<TakenDelivery, 'notifier'> & { notifierId: string } & Omit<Notifier, 'id'>)[]>`
    with given_up as (
      update alert_deliveries set given_up_at = now(), next_attempt_at = null,
        error = case when notifier_id is null then 'the notifier was deleted' else error end
      where next_attempt_at <= now()
        and (notifier_id is null or attempts > 0 and created_at < now() - ${ms(sql, ageMsMax)})
    ), due as materialized (
      select d.id, d.notifier_id, d.next_attempt_at, d.place, n.last_error is not null as is_failing,
        row_number() over (partition by d.notifier_id order by d.next_attempt_at, d.place) as number
      from alert_deliveries d join alerts a on a.id = d.alert_id join notifiers n on n.id = d.notifier_id
      where d.next_attempt_at <= now() and (d.attempts = 0 or d.created_at >= now() - ${ms(sql, ageMsMax)})
        and (a.silenced_until is null or a.silenced_until <= now())
        and not exists (
          select from alert_deliveries earlier
          where earlier.alert_id = d.alert_id and earlier.notifier_id = d.notifier_id and earlier.place < d.place
            and earlier.next_attempt_at is not null)
    ), chosen as materialized (
      select due.id from due
        left join unnest(${[...sending.keys()]}::uuid[], ${[...sending.values()]}::integer[]) as busy (id, attempts)
          on busy.id = due.notifier_id
      where due.number <= ${perNotifierMax} - coalesce(busy.attempts, 0)
      order by due.is_failing, due.next_attempt_at, due.place limit ${limit}
    ), taken as (
      select id from alert_deliveries where id in (select id from chosen) and next_attempt_at <= now()
      for update skip locked
    )
    update alert_deliveries d set attempts = d.attempts + 1, next_attempt_at = now() + ${ms(sql, leaseMs)}
    from taken, notifiers n where d.id = taken.id and n.id = d.notifier_id
    returning d.id, d.notification, d.attempts, n.id as "notifierId", n.kind, n.target, n.secret`;
  return rows.map(({ id, notification, attempts, notifierId, kind, target, secret }) => ({
    ...{ id, notification, attempts },
    notifier: { id: notifierId, kind, target, secret },
  }));
}

/** `problem`: the target took only a part. */
export const markDelivered = async (sql: Sql, id: string, problem: string | null): Promise<void> =>
  void (await sql`
    with done as (
      update alert_deliveries set delivered_at = now(), next_attempt_at = null, error = ${problem}
      where id = ${id}::uuid and next_attempt_at is not null returning notifier_id)
    update notifiers n set last_delivered_at = now(), last_error = ${problem} from done where n.id = done.notifier_id`);

/**
 * The next attempt comes after `delayMs`. It is not made, and the delivery is given up, if the delivery is then older than
 * `ageMsMax`. @returns whether it was given up
 */
export async function markFailed(
  sql: Sql,
  { id, attempts }: TakenDelivery,
  { error, delayMs, ageMsMax }: { error: string; delayMs: Milliseconds; ageMsMax: Milliseconds },
): Promise<boolean> {
  const [row] = await sql<{ isGivenUp: boolean }[]>`
    with failed as (
      update alert_deliveries set error = ${error},
        next_attempt_at = case when now() + ${ms(sql, delayMs)} <= created_at + ${ms(sql, ageMsMax)}
          then now() + ${ms(sql, delayMs)} end,
        given_up_at = case when now() + ${ms(sql, delayMs)} > created_at + ${ms(sql, ageMsMax)} then now() end
      where id = ${id}::uuid and attempts = ${attempts} and next_attempt_at is not null
      returning notifier_id, given_up_at is not null as is_given_up),
    told as (update notifiers n set last_error = ${error} from failed where n.id = failed.notifier_id)
    select is_given_up as "isGivenUp" from failed`;
  return row?.isGivenUp ?? false;
}

/** The attempt was ended by the server that closes: any server may make it again at once. */
export const giveBack = async (sql: Sql, { id, attempts }: TakenDelivery): Promise<void> =>
  void (await sql`
    update alert_deliveries set next_attempt_at = now()
    where id = ${id}::uuid and attempts = ${attempts} and next_attempt_at is not null`);

/** What became of a trial. @returns when it was delivered; null if it was not */
export async function markNotifier(
  sql: Sql,
  id: string,
  isDelivered: boolean,
  error: string | null,
): Promise<Timestamp | null> {
  const [row] = await sql<{ deliveredAt: Timestamp | null }[]>`
    with told as (
      update notifiers set last_error = ${error},
        last_delivered_at = case when ${isDelivered} then now() else last_delivered_at end
      where id = ${id}::uuid)
    select case when ${isDelivered} then now() end as "deliveredAt"`;
  return row!.deliveredAt;
}

/** A notifier whose last attempt failed, and which has deliveries that failed at least `attemptsMin` times. */
export interface FailingNotifier {
  name: string;
  error: string;
  /** Deliveries that are tried again. */
  waiting: number;
}

/** The first ones by name. Deliveries that were given up count for a day. Uses idx_alert_deliveries_notifier. */
export const readFailingNotifiers = async (sql: Sql, attemptsMin: number, limit: number): Promise<FailingNotifier[]> =>
  sql<FailingNotifier[]>`
    select n.name, n.last_error as error, count(*) filter (where d.next_attempt_at is not null) as waiting
    from notifiers n join alert_deliveries d on d.notifier_id = n.id
    where n.last_error is not null and (d.next_attempt_at is not null or d.given_up_at > now() - interval '1 day')
    group by n.id having max(d.attempts) >= ${attemptsMin} order by n.name limit ${limit}`;
