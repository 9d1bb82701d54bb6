import type { Filter } from '../../log/filter/filter.ts';
import { microsOf, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { floorTo, SECOND } from '../rollups/rollup-steps.ts';
import { readBars, type StatsBucket } from './bars.ts';

const DAY = 86_400n * SECOND;

/** The widths of bars in microseconds: 1s, 5s, 15s, 1m, 5m, 15m, 1h, 6h, 1d, 7d, then 4, 52, 520 ... weeks. */
const WIDTHS: readonly bigint[] = [
  ...[1n, 5n, 15n, 60n, 300n, 900n, 3600n, 21_600n].map((seconds) => seconds * SECOND),
  ...[1n, 7n, 28n, 364n, 3640n, 36_400n, 364_000n, 3_640_000n].map((days) => days * DAY),
];

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

/** The bars of `barsOf`, with their counts. */
export const histogram = (sql: Sql, filter: Filter, range: TimeSpan, buckets: number): Promise<StatsBucket[]> =>
  readBars(sql, filter, range, barsOf(range, buckets));
