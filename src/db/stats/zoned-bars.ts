import { type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { startOfDay, stretches, type ZoneOffset } from '../../log/time-zone.ts';

// The bars of a range by the clocks of a time zone. All times are in milliseconds.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [1, 2, 5, 10, 15, 30];
/** The widths that a bar may have. */
export const BAR_WIDTHS: readonly number[] = [
  ...STEPS.map((n) => n * SECOND),
  ...STEPS.map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
];
/** Wider ones, for a range of so many years that even 365 days give too many bars. */
const AGES = [3650, 36_500, 365_000, 3_650_000].map((n) => n * DAY);

/** Bars of weeks start on Mondays: they are counted from the week of 1970-01-01. Bars of other days are counted from that day. */
const MONDAY = -3;

/** The bars of the narrowest width that gives at most `most` of them, oldest first; `most` is at least 3. */
export function barsWithin(range: TimeSpan, offsetAt: ZoneOffset, most: number): TimeSpan[] {
  for (const width of [...BAR_WIDTHS, ...AGES]) {
    const bars = barsOfWidth(range, offsetAt, width, most);
    if (bars) return bars;
  }
  return [range];
}

/** The bars of this width, oldest first; the first and the last are cut to the range. Undefined if they are more than `most`. */
export function barsOfWidth(
  range: TimeSpan,
  offsetAt: ZoneOffset,
  width: number,
  most: number,
): TimeSpan[] | undefined {
  if (range.from >= range.to) return [];
  const [from, to] = [wholeMs(range.from), wholeMsAfter(range.to)];
  // A change of the clocks makes a bar at most twice as long.
  if (to - from > 2 * width * most) return undefined;
  const starts = [range.from];
  for (const start of startsOf(from, to, offsetAt, width)) {
    if (starts.length === most) return undefined;
    starts.push(timestampFromMs(start));
  }
  return starts.map((start, index) => ({ from: start, to: starts[index + 1] ?? range.to }));
}

const wholeMs = (timestamp: Timestamp): number => Date.parse(`${timestamp.slice(0, 23)}Z`);
const wholeMsAfter = (timestamp: Timestamp): number => wholeMs(timestamp) + (timestamp.slice(23, 26) === '000' ? 0 : 1);

/** Where bars start after `from` and before `to`. */
function* startsOf(from: number, to: number, offsetAt: ZoneOffset, width: number): Generator<number> {
  let last = from;
  for (const start of width < DAY ? clockStarts(from, to, offsetAt, width) : dayStarts(from, offsetAt, width / DAY)) {
    if (start >= to) return;
    if (start <= last) continue;
    yield start;
    last = start;
  }
}

/**
 * The instants at which the clocks show a multiple of the width since midnight. A multiple that they show twice makes two bars
 * if the width is an hour or less; otherwise one, which is longer.
 */
function* clockStarts(from: number, to: number, offsetAt: ZoneOffset, width: number): Generator<number> {
  // The latest time that the clocks have shown.
  let shown = Number.NEGATIVE_INFINITY;
  for (const stretch of stretches(offsetAt, from - DAY, to)) {
    const { offset } = stretch;
    const begin = Math.max(stretch.from, from) + offset;
    const first = width > HOUR ? Math.max(begin, shown) : begin;
    const end = stretch.to + offset;
    for (let local = Math.ceil(first / width) * width; local < end; local += width) yield local - offset;
    shown = Math.max(shown, end);
  }
}

/** The starts of every `days` days, from one that may lie before `from`, without end. */
function* dayStarts(from: number, offsetAt: ZoneOffset, days: number): Generator<number> {
  const base = days % 7 === 0 ? MONDAY : 0;
  const today = Math.floor((from + offsetAt(from)) / DAY);
  for (let n = Math.floor((today - base) / days); ; n++) yield startOfDay(offsetAt, base + n * days);
}
