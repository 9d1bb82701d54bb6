import { millisOf, type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

export type Width = 'hour' | '6 hours' | 'day' | 'month' | 'year';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rows that one partition should hold at most. */
const ROWS_AIM = 5_000_000;
/** Partitions of one table at most: more make every query without a time range slow. Near this number, new ones are wider. */
export const PARTITIONS_MAX = 200;
/** From this number on, as few partitions as possible are made. The rest of `PARTITIONS_MAX` is kept for later years. */
const CROWDED = PARTITIONS_MAX * 0.9;

/**
 * The width of a new partition. Old data is sparse, so its partitions are wide; for recent data the width follows the volume
 * of the last day. The more `slots` (see `slotsOf`) are in use, the wider.
 */
export function widthFor(ageMs: number, rowsPerDay: number, slots: number): Width {
  if (ageMs > 3 * 365 * DAY_MS || slots >= CROWDED) return 'year';
  if (ageMs > 60 * DAY_MS || slots >= PARTITIONS_MAX * 0.75) return 'month';
  if (rowsPerDay <= ROWS_AIM || slots >= PARTITIONS_MAX * 0.6) return 'day';
  return rowsPerDay <= 4 * ROWS_AIM || slots >= PARTITIONS_MAX * 0.4 ? '6 hours' : 'hour';
}

/** Partitions plus gaps between them: the number of partitions once each gap is filled. */
function slotsOf(partitions: readonly TimeSpan[]): number {
  const gaps = partitions.filter(({ to }, index) => index + 1 < partitions.length && to < partitions[index + 1]!.from);
  return partitions.length + gaps.length;
}

interface Circumstances {
  rowsPerDay: number;
  nowMs: number;
  /** Times of archived partitions, which take no slots. They may overlap. */
  archived?: readonly TimeSpan[];
}

/**
 * The bounds of a new partition for a time that no partition covers. There are never more than `PARTITIONS_MAX`, whatever
 * times come: from `CROWDED` on, a new partition fills its whole gap and leaves no new gap at either end.
 *
 * In a time that is archived it has the bounds of the archived partition, so that both can become one. It contains an archived
 * partition as a whole, or not at all.
 */
export function boundsFor(
  partitions: readonly TimeSpan[],
  timestamp: Timestamp,
  { rowsPerDay, nowMs, archived = [] }: Circumstances,
): TimeSpan {
  const slots = slotsOf(partitions);
  if (slots >= CROWDED) return wholeGap(partitions, timestamp, archived);
  const before = narrowestAt(archived, timestamp);
  if (before) return cutInGap(partitions, timestamp, before);
  const width = widthFor(nowMs - millisOf(timestamp), rowsPerDay, slots);
  return boundsInGap(archived.length === 0 ? partitions : joinSpans([...partitions, ...archived]), timestamp, width);
}

/**
 * From the partition before to the partition after. Before the first partition it starts with the century; after the last it
 * ends with the year, but not within an archived partition.
 */
export function wholeGap(
  partitions: readonly TimeSpan[],
  timestamp: Timestamp,
  archived: readonly TimeSpan[] = [],
): TimeSpan {
  const index = partitionsBefore(partitions, timestamp);
  const century = firstOf(Math.floor(Number(timestamp.slice(0, 4)) / 100) * 100, 1);
  const yearEnd = boundsAround(timestamp, 'year').to;
  const times = joinSpans(archived);
  return {
    from: partitions[index - 1]?.to ?? partitionAt(times, century)?.from ?? century,
    to: partitions[index]?.from ?? partitionAt(times, yearEnd)?.to ?? yearEnd,
  };
}

/** The narrowest of the spans that contain a time: a server that knew of no archive may have made wider ones over them. */
function narrowestAt(spans: readonly TimeSpan[], timestamp: Timestamp): TimeSpan | undefined {
  const length = ({ from, to }: TimeSpan): number => millisOf(to) - millisOf(from);
  const [narrowest] = spans
    .filter(({ from, to }) => from <= timestamp && timestamp < to)
    .sort((a, b) => length(a) - length(b));
  return narrowest;
}

/** The same times as spans that are sorted and do not overlap. */
export function joinSpans(spans: readonly TimeSpan[]): TimeSpan[] {
  const result: TimeSpan[] = [];
  for (const span of spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = result.at(-1);
    if (!last || span.from >= last.to) result.push({ from: span.from, to: span.to });
    else if (span.to > last.to) last.to = span.to;
  }
  return result;
}

/** The hour, day, month ... of the calendar (UTC) that contains a time. */
export function boundsAround(timestamp: Timestamp, width: Width): TimeSpan {
  const year = Number(timestamp.slice(0, 4));
  const month = Number(timestamp.slice(5, 7));
  switch (width) {
    case 'year':
      return { from: firstOf(year, 1), to: firstOf(year + 1, 1) };
    case 'month':
      return { from: firstOf(year, month), to: month === 12 ? firstOf(year + 1, 1) : firstOf(year, month + 1) };
    default: {
      const ms = width === 'hour' ? HOUR_MS : width === '6 hours' ? 6 * HOUR_MS : DAY_MS;
      const from = Math.floor(millisOf(timestamp) / ms) * ms;
      return { from: timestampFromMs(from), to: timestampFromMs(from + ms) };
    }
  }
}

const firstOf = (year: number, month: number): Timestamp =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00:00.000000Z`;

/** The partition that covers a time, or undefined. `partitions` are sorted and do not overlap. */
export function partitionAt<P extends TimeSpan>(partitions: readonly P[], timestamp: Timestamp): P | undefined {
  const before = partitionsBefore(partitions, timestamp);
  const last = partitions[before - 1];
  return last && timestamp < last.to ? last : undefined;
}

/** How many partitions start at or before a time. */
export function partitionsBefore(partitions: readonly TimeSpan[], timestamp: Timestamp): number {
  let low = 0;
  let high = partitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (partitions[middle]!.from <= timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bounds of a new partition of this width, for a time that no partition covers. They are cut where another one begins or ends. */
export const boundsInGap = (partitions: readonly TimeSpan[], timestamp: Timestamp, width: Width): TimeSpan =>
  cutInGap(partitions, timestamp, boundsAround(timestamp, width));

/** The part of `wanted` around a time that no partition covers. */
export function cutInGap(partitions: readonly TimeSpan[], timestamp: Timestamp, wanted: TimeSpan): TimeSpan {
  const index = partitionsBefore(partitions, timestamp);
  const previous = partitions[index - 1];
  const next = partitions[index];
  return {
    from: previous && previous.to > wanted.from ? previous.to : wanted.from,
    to: next && next.from < wanted.to ? next.from : wanted.to,
  };
}
