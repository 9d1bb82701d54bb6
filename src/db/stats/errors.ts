import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY } from '../../log/level.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { findLogs } from '../read/logs.ts';
import { barSql } from './bars.ts';

export interface ErrorGroup {
  errorType: string | null;
  service: string;
  component: string | null;
  count: number;
  firstSeen: Timestamp;
  lastSeen: Timestamp;
  /** The newest record of the group. */
  sample: LogRecord;
}

/**
 * The largest groups of records at ERROR or above with the same error type, service and component. Equal counts: the group seen
 * last comes first. Uses `idx_system_logs_errors`, and the primary key for the samples.
 */
export async function topErrors(sql: Sql, filter: Filter, range: TimeSpan, first: number): Promise<ErrorGroup[]> {
  const rows = await sql<(Omit<ErrorGroup, 'sample'> & { uid: string })[]>`
    with ${largestGroups(sql, filter, range, first)}
    select "errorType", "ofService" as service, "ofComponent" as component, count, "firstSeen", "lastSeen", newest.uid
    from groups cross join lateral (
      select uid from system_logs
      where ts = "lastSeen" and service = "ofService" and component is not distinct from "ofComponent"
        and error_type is not distinct from "errorType" and ${isError(sql, filter, range)}
      order by uid desc limit 1
    ) newest
    order by place`;
  const samples = await findLogs(
    sql,
    rows.map(({ lastSeen, uid }): Position => ({ timestamp: lastSeen, uid })),
    null,
  );
  return rows.map(({ uid: _, ...group }, index) => ({ ...group, sample: samples[index]! }));
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
  const rows = await sql<{ place: number; bar: number; count: number }[]>`
    with ${largestGroups(sql, filter, range, first)}
    select place, ${barSql(sql, bars)} as bar, count(*) as count
    from system_logs join groups on service = "ofService"
      and coalesce(component, '') = coalesce("ofComponent", '') and (component is null) = ("ofComponent" is null)
      and coalesce(error_type, '') = coalesce("errorType", '') and (error_type is null) = ("errorType" is null)
    where ${isError(sql, filter, range)} group by 1, 2`;
  const counts: number[][] = [];
  for (const { place, bar, count } of rows) {
    counts[place] ??= bars.map(() => 0);
    counts[place][bar] = count;
  }
  return counts;
}

export const isError = (sql: Sql, filter: Filter, range: TimeSpan): Fragment => sql`
  ${within(sql, range)} and severity_number >= ${sql.unsafe(String(ERROR_SEVERITY))} and ${filterSql(sql, filter, range)}`;

/** The columns have names that `system_logs` does not have. */
const largestGroups = (sql: Sql, filter: Filter, range: TimeSpan, first: number): Fragment => sql`
  groups as materialized (
    select error_type as "errorType", service as "ofService", component as "ofComponent",
      count(*) as count, min(ts) as "firstSeen", max(ts) as "lastSeen",
      (row_number() over (order by count(*) desc, max(ts) desc, error_type, service, component))::integer - 1 as place
    from system_logs where ${isError(sql, filter, range)}
    group by error_type, service, component
    order by place limit ${first}
  )`;
