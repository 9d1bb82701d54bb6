import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS, levelIndex } from '../../log/level.ts';
import { microsOf, type Timestamp, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { countSource } from '../rollups/count-source.ts';
import { floorTo, ROLLUP_STEPS, SECOND } from '../rollups/rollup-steps.ts';

const DAY = 86_400n * SECOND;

/** The widths of bars in microseconds: 1s, 5s, 15s, 1m, 5m, 15m, 1h, 6h, 1d, 7d, then 4, 52, 520 ... weeks. */
const WIDTHS: readonly bigint[] = [
  ...[1n, 5n, 15n, 60n, 300n, 900n, 3600n, 21_600n].map((seconds) => seconds * SECOND),
  ...[1n, 7n, 28n, 364n, 3640n, 36_400n, 364_000n, 3_640_000n].map((days) => days * DAY),
];

/** One bar [start, end). */
export interface StatsBucket {
  start: Timestamp;
  end: Timestamp;
  total: number;
  /** Records at ERROR or above. */
  errorCount: number;
  /** Six counts, lowest level first. */
  byLevel: number[];
}

const barCount = (from: bigint, to: bigint, width: bigint): bigint =>
  (floorTo(to - 1n, width) - floorTo(from, width)) / width + 1n;

/**
 * The bars of a range, oldest first: the narrowest width that gives at most `buckets` bars. Bars start at multiples of the width
 * since 1970 in UTC; the first and the last are cut to the range. An empty range has no bars. When no width fits (a few bars on
 * both sides of 1970), the range is one bar.
 */
export function barsOf(range: TimeSpan, buckets: number): TimeSpan[] {
  const [from, to] = [microsOf(range.from), microsOf(range.to)];
  if (from >= to) return [];
  const width = WIDTHS.find((candidate) => barCount(from, to, candidate) <= BigInt(buckets));
  if (width === undefined) return [range];
  const starts = [range.from];
  for (let at = floorTo(from, width) + width; at < to; at += width) starts.push(timestampFromMicros(at)!);
  return starts.map((start, index) => ({ from: start, to: starts[index + 1] ?? range.to }));
}

/** All bars of the range, also the empty ones. Their sum is the number of matching records. */
export async function histogram(sql: Sql, filter: Filter, range: TimeSpan, buckets: number): Promise<StatsBucket[]> {
  const bars = barsOf(range, buckets);
  if (bars.length === 0) return [];
  const { count, from } = await countSource(sql, filter, range, widestStep(bars));
  const rows = await sql<{ bar: number; level: number; count: number }[]>`
    select width_bucket(ts, ${bars.map((bar) => bar.from)}::timestamptz[]) - 1 as bar, level, ${count} as count
    from ${from} group by 1, 2`;
  const counts = bars.map(() => LEVELS.map(() => 0));
  for (const { bar, level, count } of rows) counts[bar]![level] = count;
  return bars.map((bar, index) => bucketOf(bar.from, bar.to, counts[index]!));
}

/** The widest rollup step, in seconds, that never crosses the border of two bars; 0 when the bars are too narrow. */
function widestStep(bars: readonly TimeSpan[]): number {
  const starts = bars.slice(1).map(({ from }) => microsOf(from));
  return ROLLUP_STEPS.find((step) => starts.every((start) => start % (BigInt(step) * SECOND) === 0n)) ?? 0;
}

const bucketOf = (start: Timestamp, end: Timestamp, byLevel: number[]): StatsBucket => ({
  start,
  end,
  total: sum(byLevel),
  errorCount: sum(byLevel.slice(levelIndex(ERROR_SEVERITY))),
  byLevel,
});

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
