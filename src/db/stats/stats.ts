import type { Position } from '../../log/cursor.ts';
import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS } from '../../log/level.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

import { findLogs } from '../read/logs.ts';
import { walkColumns } from '../read/walk.ts';
import { countedIn } from '../rollups/count-source.ts';

// The parts of one `LogStats`. They agree with each other when `sql` is one snapshot (snapshot.ts).

export { histogram, type StatsBucket } from './histogram.ts';

/** [from, to): what is counted. */
export type Range = TimeSpan;

/** A null value stands for the records without one. */
export interface ValueCount {
  value: string | null;
  count: number;
}

export interface ErrorGroup {
  errorType: string | null;
  service: string;
  component: string | null;
  count: number;
  firstSeen: Timestamp;
  lastSeen: Timestamp;
  /** The newest of them. */
  sample: LogRecord;
}

/** Milliseconds, over the records that carry a duration; null where none does. */
export interface DurationSummary {
  count: number;
  avg: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}

/** An open window from the oldest record on; empty, at its end, where there is none. */
export async function resolveRange(sql: Sql, { from, to }: TimeWindow): Promise<Range> {
  if (from !== null) return { from, to };
  const [oldest] = await walkColumns<{ timestamp: Timestamp }>(sql, 'ts as "timestamp"', {
    filter: EVERYTHING,
    window: { from, to },
    newestFirst: false,
    above: null,
    below: null,
    limit: 1,
  });
  return { from: oldest?.timestamp ?? to, to };
}

/** One count for each level, lowest first. */
export async function countByLevel(sql: Sql, filter: Filter, range: Range): Promise<number[]> {
  const { count, from } = await countedIn(sql, filter, range);
  const rows = await sql<
    { level: number; count: number }[]
  >`select level, ${count} as count from ${from} group by level`;
  const counts = LEVELS.map(() => 0);
  for (const { level, count } of rows) counts[level] = count;
  return counts;
}

/** The most common values of a text column. */
export async function countBy(
  sql: Sql,
  column: 'service' | 'component',
  filter: Filter,
  range: Range,
  first: number,
): Promise<ValueCount[]> {
  const { count, from } = await countedIn(sql, filter, range);
  return sql<ValueCount[]>`
    select ${sql.unsafe(column)} as value, ${count} as count from ${from}
    group by 1 having ${count} > 0 order by 2 desc, 1 nulls last limit ${first}`;
}

/**
 * The largest groups of records at ERROR or above of the same error type, service and component; equal counts by what was
 * seen last. By `idx_system_logs_errors`; the samples by the primary key.
 */
export async function topErrors(sql: Sql, filter: Filter, range: Range, first: number): Promise<ErrorGroup[]> {
  const isError = () => sql`
    ${within(sql, range)} and severity_number >= ${sql.unsafe(String(ERROR_SEVERITY))} and ${filterSql(sql, filter)}`;
  const rows = await sql<(Omit<ErrorGroup, 'sample'> & { uid: string })[]>`
    with groups as materialized (
      select error_type as "errorType", service as "ofService", component as "ofComponent",
        count(*) as count, min(ts) as "firstSeen", max(ts) as "lastSeen"
      from system_logs where ${isError()}
      group by error_type, service, component
      order by count(*) desc, max(ts) desc, error_type, service, component limit ${first}
    )
    select "errorType", "ofService" as service, "ofComponent" as component, count, "firstSeen", "lastSeen", newest.uid
    from groups cross join lateral (
      select uid from system_logs
      where ts = "lastSeen" and service = "ofService" and component is not distinct from "ofComponent"
        and error_type is not distinct from "errorType" and ${isError()}
      order by uid desc limit 1
    ) newest
    order by count desc, "lastSeen" desc, "errorType", "ofService", "ofComponent"`;
  const samples = await findLogs(
    sql,
    rows.map(({ lastSeen, uid }): Position => ({ timestamp: lastSeen, uid })),
  );
  return rows.map(({ uid: _, ...group }, index) => ({ ...group, sample: samples[index]! }));
}

/** Different user ids. */
export async function activeUsers(sql: Sql, filter: Filter, range: Range): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct user_id) as count from system_logs
    where ${within(sql, range)} and ${filterSql(sql, filter)}`;
  return row!.count;
}

/** A power of two, so that no digit changes: the sum of the largest doubles stays one. (`avg` would square them.) */
const SUM_SCALE = 2 ** -40;

export async function durations(sql: Sql, filter: Filter, range: Range): Promise<DurationSummary> {
  const [row] = await sql<DurationSummary[]>`
    select count(duration_ms) as count,
      sum(duration_ms * ${SUM_SCALE}::float8) / nullif(count(duration_ms), 0) / ${SUM_SCALE}::float8 as avg,
      percentile_cont(0.5) within group (order by duration_ms) as p50,
      percentile_cont(0.95) within group (order by duration_ms) as p95,
      percentile_cont(0.99) within group (order by duration_ms) as p99,
      max(duration_ms) as max
    from system_logs where ${within(sql, range)} and duration_ms is not null and ${filterSql(sql, filter)}`;
  return row!;
}
