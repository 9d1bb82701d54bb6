import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { compareRecords } from '../../log/record.ts';
import { shift, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { inArchiveSnapshot, storesOf } from '../archive/archive-in.ts';
import type { SourceOf } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { recordCounts } from '../rollups/count-source.ts';
import { BY_GROUP, type GroupKey, groupRows, isError, isOfGroup } from './error-groups.ts';
import { BY_MINUTE } from './minute-sums.ts';

export type { GroupKey } from './error-groups.ts';

// Error groups (those of `topErrors`) that are new: the seven days before a window do not have them.

const DAY_MS = 86_400_000;
export const KNOWN_FOR_MS = 7 * DAY_MS;
/** Ages at which the days before a window are looked through, one after the other: most groups were seen a short time ago. */
const LOOK_BACK_MS = [3_600_000, DAY_MS, KNOWN_FOR_MS];
/** With more groups in a window, the rest is not looked at. */
const GROUPS_MAX = 10_000;

/** The groups of the window that are new. `sql` must be a snapshot. Uses `idx_system_logs_errors`. */
export async function newErrorGroups(sql: Sql, filter: Filter, window: TimeSpan): Promise<GroupKey[]> {
  let unknown = await groupsIn(sql, filter, window);
  let to = window.from;
  for (const ageMs of LOOK_BACK_MS) {
    if (unknown.length === 0) break;
    const from = shift(window.from, -ageMs);
    unknown = await notIn(sql, filter, unknown, { from, to });
    to = from;
  }
  return unknown;
}

async function groupsIn(sql: Sql, filter: Filter, window: TimeSpan): Promise<GroupKey[]> {
  const groups = new Map<string, GroupKey>();
  for (const store of await storesOf(sql, window)) {
    const found = await store<GroupKey[]>`
      select ${group(store)} from system_logs where ${isError(store, filter, window)} group by 1, 2, 3 limit ${GROUPS_MAX}`;
    for (const one of found) groups.set(JSON.stringify([one.errorType, one.service, one.component]), one);
  }
  return [...groups.values()].slice(0, GROUPS_MAX);
}

async function notIn(sql: Sql, filter: Filter, groups: readonly GroupKey[], span: TimeSpan): Promise<GroupKey[]> {
  const places = new Set<number>();
  for (const store of await storesOf(sql, span)) {
    const seen = await store<{ place: number }[]>`
      select distinct place from system_logs join ${groupRows(store, groups)} on ${isOfGroup(store)}
      where ${isError(store, filter, span)}`;
    for (const { place } of seen) places.add(place);
  }
  return groups.filter((_, place) => !places.has(place));
}

/** The newest record of each of these groups, the newest first, at most `limit`. */
export const newestOfGroups = (
  sql: Sql,
  filter: Filter,
  window: TimeSpan,
  groups: readonly GroupKey[],
  limit: number,
): Promise<Position[]> =>
  inArchiveSnapshot(sql, async (tx) => {
    const newest = new Map<number, Position>();
    for (const store of await storesOf(tx, window)) {
      const found = await store<(Position & { place: number })[]>`
        select * from (
          select distinct on (place) place, ts as "timestamp", uid
          from system_logs join ${groupRows(store, groups)} on ${isOfGroup(store)}
          where ${isError(store, filter, window)} order by place, ts desc, uid desc
        ) as newest order by "timestamp" desc, uid desc limit ${limit}`;
      for (const { place, ...position } of found) {
        const other = newest.get(place);
        if (!other || compareRecords(position, other) > 0) newest.set(place, position);
      }
    }
    return [...newest.values()].sort((a, b) => compareRecords(b, a)).slice(0, limit);
  });

/** A minute in which a group is seen, and was in none of the seven days before that minute. */
export interface FirstMinute {
  minute: Timestamp;
  /** The minute in which it was seen before; null if the span has none. */
  before: Timestamp | null;
}

/** For windows that slide over a span. `sql` must be a snapshot. */
export async function firstErrorMinutes(sql: Sql, filter: Filter, span: TimeSpan): Promise<FirstMinute[]> {
  const source: SourceOf = async (store, part) => ({ from: store`system_logs where ${isError(store, filter, part)}` });
  const { from, by } = await recordCounts(sql, { minute: BY_MINUTE, ...BY_GROUP }, span, source);
  return sql<FirstMinute[]>`
    select minute, before from (
      select minute, lag(minute) over (partition by "ofType", "ofService", "ofComponent" order by minute) as before
      from (
        select distinct ${by.minute} as minute, ${by.ofType} as "ofType", ${by.ofService} as "ofService",
          ${by.ofComponent} as "ofComponent"
        from ${from}
      ) as minutes
    ) as seen
    where before is null or before < minute - ${KNOWN_FOR_MS / 1000}::float8 * interval '1 second'`;
}

const group = (sql: Sql): Fragment => sql`error_type as "errorType", service, component`;
