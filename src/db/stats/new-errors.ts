import type { Filter } from '../../log/filter/filter.ts';
import { shift, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isError } from './errors.ts';

// Error groups (those of `topErrors`) that are new: the seven days before a window do not have them.

const DAY_MS = 86_400_000;
export const KNOWN_FOR_MS = 7 * DAY_MS;
/** Ages at which the days before a window are looked through, one after the other: most groups were seen a short time ago. */
const LOOK_BACK_MS = [3_600_000, DAY_MS, KNOWN_FOR_MS];
/** With more groups in a window, the rest is not looked at. */
const GROUPS_MAX = 10_000;

export interface GroupKey {
  errorType: string | null;
  service: string;
  component: string | null;
}

/** The groups of the window that are new. `sql` must be a snapshot. Uses `idx_system_logs_errors`. */
export async function newErrorGroups(sql: Sql, filter: Filter, window: TimeSpan): Promise<GroupKey[]> {
  let unknown: GroupKey[] = await sql<GroupKey[]>`
    select ${group(sql)} from system_logs where ${isError(sql, filter, window)} group by 1, 2, 3 limit ${GROUPS_MAX}`;
  let to = window.from;
  for (const ageMs of LOOK_BACK_MS) {
    if (unknown.length === 0) break;
    const from = shift(window.from, -ageMs);
    unknown = await notIn(sql, filter, unknown, { from, to });
    to = from;
  }
  return unknown;
}

async function notIn(sql: Sql, filter: Filter, groups: readonly GroupKey[], span: TimeSpan): Promise<GroupKey[]> {
  const seen = await sql<{ place: number }[]>`
    select distinct place from system_logs join ${groupRows(sql, groups)} on ${isOfGroup(sql)}
    where ${isError(sql, filter, span)}`;
  const places = new Set(seen.map(({ place }) => place));
  return groups.filter((_, place) => !places.has(place));
}

/** The newest record of each of these groups, the newest first, at most `limit`. */
export const newestOfGroups = (
  sql: Sql,
  filter: Filter,
  window: TimeSpan,
  groups: readonly GroupKey[],
  limit: number,
): Promise<{ timestamp: Timestamp; uid: string }[]> =>
  sql`
    select * from (
      select distinct on (place) ts as "timestamp", uid from system_logs join ${groupRows(sql, groups)} on ${isOfGroup(sql)}
      where ${isError(sql, filter, window)} order by place, ts desc, uid desc
    ) as newest order by "timestamp" desc, uid desc limit ${limit}` as never;

/** A minute in which a group is seen, and was in none of the seven days before that minute. */
export interface FirstMinute {
  minute: Timestamp;
  /** The minute in which it was seen before; null if the span has none. */
  before: Timestamp | null;
}

/** For windows that slide over a span. `sql` must be a snapshot. */
export const firstErrorMinutes = (sql: Sql, filter: Filter, span: TimeSpan): Promise<FirstMinute[]> =>
  sql`
    select minute, before from (
      select minute, lag(minute) over (partition by "errorType", service, component order by minute) as before
      from (
        select distinct date_bin('1 minute', ts, '2000-01-01Z') as minute, ${group(sql)}
        from system_logs where ${isError(sql, filter, span)}
      ) as minutes
    ) as seen
    where before is null or before < minute - ${KNOWN_FOR_MS / 1000}::float8 * interval '1 second'` as never;

const group = (sql: Sql): Fragment => sql`error_type as "errorType", service, component`;

/** The columns have names that `system_logs` does not have. */
const groupRows = (sql: Sql, groups: readonly GroupKey[]): Fragment => sql`
  (select "ofType", "ofService", "ofComponent", number::integer - 1 as place from unnest(
    ${groups.map(({ errorType }) => errorType)}::text[], ${groups.map(({ service }) => service)}::text[],
    ${groups.map(({ component }) => component)}::text[]
  ) with ordinality as given ("ofType", "ofService", "ofComponent", number)) as wanted`;

const isOfGroup = (sql: Sql): Fragment => sql`service = "ofService"
  and coalesce(component, '') = coalesce("ofComponent", '') and (component is null) = ("ofComponent" is null)
  and coalesce(error_type, '') = coalesce("ofType", '') and (error_type is null) = ("ofType" is null)`;
