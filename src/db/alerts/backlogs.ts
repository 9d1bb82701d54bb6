import type { Milliseconds } from '../../log/duration.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';

// What each server tells of records that it accepted and that are not in the database yet. All times are the database's.

/** A server that has not told for this long counts as one where records wait. */
const SILENT = `interval '30 seconds'`;
/**
 * A record that was accepted up to this long after a minute may be from before it. It must be less than the time from the minute to
 * its evaluation: a busy server always has records that wait for some milliseconds.
 */
const ACCEPTED_AFTER = `interval '5 seconds'`;
/** A server that is gone is forgotten after this time: sooner, if nothing waited when it told last. */
const FORGET_EMPTY = `interval '1 hour'`;
const FORGET_WAITING = `interval '1 day'`;

interface Telling {
  serverId: string;
  host: string;
  /** How long the oldest record has waited, at most infinitely; null if none waits. */
  waitingMs: Milliseconds | null;
}

/**
 * Also forgets servers that are gone. In a transaction that began before `waitingMs` was measured, `now()` is the time from before
 * the measure, so that what is told is never newer than what was measured.
 */
export const tellBacklog = async (sql: Sql, { serverId, host, waitingMs }: Telling): Promise<void> =>
  void (await sql`
    with gone as (
      delete from server_backlogs where server_id <> ${serverId}::uuid
        and told_at < now() - case when waiting_since is null then ${sql.unsafe(FORGET_EMPTY)} else ${sql.unsafe(FORGET_WAITING)} end)
    insert into server_backlogs (server_id, host, told_at, waiting_since)
    values (${serverId}::uuid, ${host}, now(), ${waitingSince(sql, waitingMs)})
    on conflict (server_id) do update set host = excluded.host, told_at = excluded.told_at, waiting_since = excluded.waiting_since`);

const waitingSince = (sql: Sql, waitingMs: Milliseconds | null): Fragment => {
  if (waitingMs === null) return sql`null`;
  if (waitingMs === Number.POSITIVE_INFINITY) return sql`'-infinity'`;
  return sql`now() - ${waitingMs / 1000}::float8 * interval '1 second'`;
};

/** Of a server that ends, and where nothing waits. */
export const removeBacklog = async (sql: Sql, serverId: string): Promise<void> =>
  void (await sql`delete from server_backlogs where server_id = ${serverId}::uuid`);

export interface Holder {
  host: string;
  toldAt: Timestamp;
  /** It may hold records: it has told nothing lately. */
  isSilent: boolean;
}

/** The servers where records from before a minute wait, or may wait. */
export const readHolders = async (sql: Sql, minute: Timestamp): Promise<Holder[]> =>
  sql<Holder[]>`
    select host, told_at as "toldAt", told_at < now() - ${sql.unsafe(SILENT)} as "isSilent" from server_backlogs
    where waiting_since < ${minute}::timestamptz + ${sql.unsafe(ACCEPTED_AFTER)} or told_at < now() - ${sql.unsafe(SILENT)}
    order by told_at`;

/** Whether every server has told since this time. */
export async function everyServerTells(sql: Sql, since: Timestamp): Promise<boolean> {
  const [row] = await sql<{ all: boolean }[]>`
    select not exists (select from server_backlogs where told_at < ${since}::timestamptz) as all`;
  return row!.all;
}
