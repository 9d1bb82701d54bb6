import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { LEVELS } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { recordsSource } from '../blocks/records-source.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { walkColumns } from '../read/walk.ts';
import { countSource } from '../rollups/count-source.ts';
import { type DurationSummary, summaryOf } from './duration-summary.ts';
import type { ValueCount } from './facets.ts';

// The queries behind `LogStats`. Their numbers agree with each other when `sql` is one snapshot (db/connection/snapshot.ts).

export { type BarGroup, readBars, readGroupedBars, type StatsBucket } from './bars.ts';
export type { DurationSummary } from './duration-summary.ts';
export { type ErrorGroup, readErrorBars, topErrors } from './errors.ts';
export type { ValueCount } from './facets.ts';
export { histogram } from './histogram.ts';
export { BAR_WIDTHS, barsOfWidth, barsWithin } from './zoned-bars.ts';

/** The window as a time span. An open window starts at its oldest record in the scope; without one the span is empty. */
export async function resolveRange(sql: Sql, { from, to }: TimeWindow, scope: Filter | null): Promise<TimeSpan> {
  if (from !== null) return { from, to };
  const [oldest] = await walkColumns<{ timestamp: Timestamp }>(sql, 'ts as "timestamp"', {
    filter: scope ?? EVERYTHING,
    window: { from, to },
    newestFirst: false,
    above: null,
    below: null,
    limit: 1,
  });
  return { from: oldest?.timestamp ?? to, to };
}

/** One count per level, lowest level first. */
export async function countByLevel(sql: Sql, filter: Filter, range: TimeSpan): Promise<number[]> {
  const { count, from } = await countSource(sql, filter, range);
  const rows = await sql<
    { level: number; count: number }[]
  >`select level, ${count} as count from ${from} group by level`;
  const counts = LEVELS.map(() => 0);
  for (const { level, count } of rows) counts[level] = count;
  return counts;
}

/** The most common values of a column. Equal counts are sorted by value, null last. */
export async function countBy(
  sql: Sql,
  column: 'service' | 'component',
  filter: Filter,
  range: TimeSpan,
  first: number,
): Promise<ValueCount[]> {
  const { count, from } = await countSource(sql, filter, range);
  return sql<ValueCount[]>`
    select ${sql.unsafe(column)} as value, ${count} as count from ${from}
    group by 1 having ${count} > 0 order by 2 desc, 1 nulls last limit ${first}`;
}

/** How many different user ids there are. */
export async function activeUsers(sql: Sql, filter: Filter, range: TimeSpan): Promise<number> {
  const { records } = await recordsSource(sql, filter, range);
  const [row] = await sql<{ count: number }[]>`
    select count(distinct user_id) as count from ${records}
    where ${within(sql, range)} and ${filterSql(sql, filter, range)}`;
  return row!.count;
}

export async function durations(sql: Sql, filter: Filter, range: TimeSpan): Promise<DurationSummary> {
  const { records } = await recordsSource(sql, filter, range);
  const [row] = await sql<DurationSummary[]>`
    select ${summaryOf(sql, 'duration_ms')}
    from ${records} where ${within(sql, range)} and duration_ms is not null and ${filterSql(sql, filter, range)}`;
  return row!;
}
