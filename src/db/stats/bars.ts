import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS, levelIndex } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { countSource } from '../rollups/count-source.ts';
import { BY_LEVEL, byBar, widestStep } from './bar-groupings.ts';
import type { Facet } from './facets.ts';
import { readGroupedRows } from './grouped-rows.ts';

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
 * with equal counts are sorted, null last.
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
  const rows = await readGroupedRows(sql, { filter, range, bars, facet, first });
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

const groupsOf = (values: readonly (string | null)[], counts: readonly number[]): BarGroup[] =>
  counts.map((count, place) => ({ value: values[place] ?? null, rest: place === values.length, count }));

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
