import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { archivedGroups } from '../archive/archived-groups.ts';
import { archivedRows } from '../archive/archived-rows.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { findLogs } from '../read/logs.ts';
import { barSql } from './bar-groupings.ts';
import { BY_GROUP, type GroupKey, groupRows, isError, isOfGroup } from './error-groups.ts';

export interface ErrorGroup extends GroupKey {
  count: number;
  firstSeen: Timestamp;
  lastSeen: Timestamp;
  /** The newest record of the group. */
  sample: LogRecord;
}

/** A group without its sample, of which `uid` is. */
type GroupRow = Omit<ErrorGroup, 'sample'> & { uid: string };

/** The largest groups, each with its newest record. Equal counts: the group seen last comes first. */
export async function topErrors(sql: Sql, filter: Filter, range: TimeSpan, first: number): Promise<ErrorGroup[]> {
  const rows = await largestGroups(sql, filter, range, first);
  const samples = await findLogs(
    sql,
    rows.map(({ lastSeen, uid }): Position => ({ timestamp: lastSeen, uid })),
    null,
  );
  return rows.map(({ uid: _, ...group }, index) => ({ ...group, sample: samples[index]! }));
}

/** The groups of `topErrors`. Uses `idx_system_logs_errors`, and the primary key for the samples. */
export async function largestGroups(sql: Sql, filter: Filter, range: TimeSpan, first: number): Promise<GroupRow[]> {
  const archived = await archivedErrors(sql, filter, range);
  return sql<GroupRow[]>`
    with ${groupsSql(sql, filter, range, first, archived)}
    select "ofType" as "errorType", "ofService" as service, "ofComponent" as component, count, "firstSeen", "lastSeen", newest.uid
    from groups cross join lateral (
      select uid from (
        select uid from system_logs
        where ts = "lastSeen" and service = "ofService" and component is not distinct from "ofComponent"
          and error_type is not distinct from "ofType" and ${isError(sql, filter, range)}
        ${archived.length === 0 ? sql`` : sql`union all ${archivedNewest(sql)}`}
      ) as last order by uid desc limit 1
    ) newest
    order by place`;
}

/** How many records of each group of `topErrors` lie in each bar: as many lists as groups, in the same order. */
export async function readErrorBars(
  sql: Sql,
  filter: Filter,
  range: TimeSpan,
  first: number,
  bars: readonly TimeSpan[],
): Promise<number[][]> {
  if (bars.length === 0) return [];
  const counts: number[][] = [];
  const read = async (store: Sql, groups: { before: Fragment; table: Fragment }): Promise<void> => {
    const rows = await store<{ place: number; bar: number; count: number }[]>`
      ${groups.before}
      select place, ${barSql(store, bars)} as bar, count(*) as count
      from system_logs join ${groups.table} on ${isOfGroup(store)}
      where ${isError(store, filter, range)} group by 1, 2`;
    for (const { place, bar, count } of rows) {
      counts[place] ??= bars.map(() => 0);
      counts[place][bar]! += count;
    }
  };
  const archive = await archiveIn(sql, range);
  if (!archive) {
    await read(sql, { before: sql`with ${groupsSql(sql, filter, range, first, [])}`, table: sql`groups` });
    return counts;
  }
  const groups = await largestGroups(sql, filter, range, first);
  for (const store of groups.length === 0 ? [] : [sql, archive]) {
    await read(store, { before: store``, table: groupRows(store, groups) });
  }
  return counts;
}

type ArchivedErrors = readonly object[];

const SUMS = { count: 'bigint', firstSeen: 'timestamptz', lastSeen: 'timestamptz' } as const;

const archivedErrors = (sql: Sql, filter: Filter, range: TimeSpan): Promise<ArchivedErrors> =>
  archivedGroups(sql, {
    by: BY_GROUP,
    sums: 'count(*) as count, min(ts) as "firstSeen", max(ts) as "lastSeen", arg_max(uid, row(ts, uid)) as uid',
    spans: [range],
    source: async (store, span) => ({ from: store`system_logs where ${isError(store, filter, span)}` }),
  });

const GROUP = '"ofType", "ofService", "ofComponent"';

/** The table `groups` of a `with`, and `archived` where there are archived groups. */
function groupsSql(sql: Sql, filter: Filter, range: TimeSpan, first: number, archived: ArchivedErrors): Fragment {
  const live = sql`
    select error_type as "ofType", service as "ofService", component as "ofComponent",
      count(*) as count, min(ts) as "firstSeen", max(ts) as "lastSeen"
    from system_logs where ${isError(sql, filter, range)} group by 1, 2, 3`;
  const largest = sql`row_number() over (order by count desc, "lastSeen" desc, ${sql.unsafe(GROUP)})`;
  if (archived.length === 0) {
    return sql`groups as materialized (
      select *, (${largest})::integer - 1 as place from (${live}) as live order by place limit ${first}
    )`;
  }
  const columns = { ofType: 'text', ofService: 'text', ofComponent: 'text', ...SUMS, uid: 'uuid' };
  return sql`archived as materialized (select * from ${archivedRows(sql, archived, columns)} as given),
    groups as materialized (
      select *, (${largest})::integer - 1 as place from (
        select ${sql.unsafe(GROUP)}, sum(count)::bigint as count, min("firstSeen") as "firstSeen", max("lastSeen") as "lastSeen"
        from (${live} union all select ${sql.unsafe(GROUP)}, count, "firstSeen", "lastSeen" from archived) as either
        group by 1, 2, 3
      ) as both_stores order by place limit ${first}
    )`;
}

const archivedNewest = (sql: Sql): Fragment => sql`
  select uid from archived
  where archived."lastSeen" = groups."lastSeen" and archived."ofService" = groups."ofService"
    and archived."ofComponent" is not distinct from groups."ofComponent"
    and archived."ofType" is not distinct from groups."ofType"`;
