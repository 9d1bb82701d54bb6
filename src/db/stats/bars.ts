import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS, levelIndex } from '../../log/level.ts';
import { microsOf, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Grouping } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { widthBucket } from '../filter/width-bucket.ts';
import { countSource } from '../rollups/count-source.ts';
import { ROLLUP_STEPS, SECOND } from '../rollups/rollup-steps.ts';
import { type Facet, facetSource } from './facets.ts';

/** One bar [start, end). */
export interface StatsBucket {
  start: Timestamp;
  end: Timestamp;
  total: number;
  /** Records at ERROR or above. */
  errorCount: number;
  /** Six counts, lowest level first. */
  byLevel: number[];
  /** Null where the bars are not grouped. */
  groups: BarGroup[] | null;
}

/** With `rest`, the records of all values that have no group of their own. */
export interface BarGroup {
  value: string | null;
  rest: boolean;
  count: number;
}

/** The number of the bar, from 0, that a record lies in. Bars are adjacent and cover the range. */
export const barSql = (sql: Sql, bars: readonly TimeSpan[]): Fragment =>
  sql`${widthBucket(
    sql,
    'ts',
    bars.map((bar) => bar.from),
    'timestamptz',
  )} - 1`;

export const byBar = (bars: readonly TimeSpan[]): Grouping => ({ type: 'integer', of: (sql) => barSql(sql, bars) });

export const BY_LEVEL: Grouping = { type: 'smallint', of: (sql) => sql`level` };

/** All bars of the range, also the empty ones. Their sum is the number of matching records. */
export async function readBars(
  sql: Sql,
  filter: Filter,
  range: TimeSpan,
  bars: readonly TimeSpan[],
): Promise<StatsBucket[]> {
  if (bars.length === 0) return [];
  const { count, from, by } = await countSource(sql, {
    ...{ filter, span: range, widest: widestStep(bars) },
    by: { bar: byBar(bars), level: BY_LEVEL },
  });
  const rows = await sql<{ bar: number; level: number; count: number }[]>`
    select ${by.bar} as bar, ${by.level} as level, ${count} as count from ${from} group by 1, 2`;
  const counts = levelCountsOf(bars);
  for (const { bar, level, count } of rows) counts[bar]![level] = count;
  return bars.map((bar, index) => bucketOf(bar, counts[index]!, null));
}

/**
 * As `readBars`, each bar divided by the `first` most common values over the whole range, in that order, and the rest. Values
 * with equal counts are sorted, null last. One statement.
 */
export async function readGroupedBars(
  sql: Sql,
  filter: Filter,
  range: TimeSpan,
  bars: readonly TimeSpan[],
  facet: Facet,
  first: number,
): Promise<StatsBucket[]> {
  if (bars.length === 0) return [];
  const { count, from, by } = await facetSource(sql, facet, {
    ...{ filter, span: range, widest: widestStep(bars) },
    by: { bar: byBar(bars), level: BY_LEVEL },
  });
  // A row has a level, or a place: null for the rest.
  const rows = await sql<GroupedRow[]>`
    with counted as materialized (
      select ${by.bar} as bar, ${by.level} as level, ${by.value} as value, ${count} as count
      from ${from} group by 1, 2, 3
    ), common as materialized (
      select value, (row_number() over (order by sum(count) desc, value nulls last))::integer - 1 as place
      from counted group by value having sum(count) > 0 order by place limit ${first}
    )
    select bar, level, place, common.value, sum(count)::bigint as count
    from counted left join common
      on coalesce(counted.value, '') = coalesce(common.value, '') and (counted.value is null) = (common.value is null)
    group by grouping sets ((bar, level), (bar, place, common.value))`;
  const levels = levelCountsOf(bars);
  const values: (string | null)[] = [];
  for (const { level, place, value } of rows) if (level === null && place !== null) values[place] = value;
  const places = bars.map((): number[] => Array(values.length + 1).fill(0));
  for (const { bar, level, place, count } of rows) {
    if (level === null) places[bar]![place ?? values.length] = count;
    else levels[bar]![level] = count;
  }
  return bars.map((bar, index) => bucketOf(bar, levels[index]!, groupsOf(values, places[index]!)));
}

interface GroupedRow {
  bar: number;
  level: number | null;
  place: number | null;
  value: string | null;
  count: number;
}

const groupsOf = (values: readonly (string | null)[], counts: readonly number[]): BarGroup[] =>
  counts.map((count, place) => ({ value: values[place] ?? null, rest: place === values.length, count }));

/** The widest rollup step, in seconds, that never crosses the border of two bars; 0 when the bars are too narrow. */
export function widestStep(bars: readonly TimeSpan[]): number {
  const starts = bars.slice(1).map(({ from }) => microsOf(from));
  return ROLLUP_STEPS.find((step) => starts.every((start) => start % (BigInt(step) * SECOND) === 0n)) ?? 0;
}

const levelCountsOf = (bars: readonly TimeSpan[]): number[][] => bars.map(() => LEVELS.map(() => 0));

const bucketOf = ({ from, to }: TimeSpan, byLevel: number[], groups: BarGroup[] | null): StatsBucket => ({
  start: from,
  end: to,
  total: sum(byLevel),
  errorCount: sum(byLevel.slice(levelIndex(ERROR_SEVERITY))),
  byLevel,
  groups,
});

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
