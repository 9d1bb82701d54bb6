import { microsOf, type Timestamp, timestampFromMicros, timestampFromMs } from '../../src/log/time.ts';
import type { TimeSpan } from '../../src/log/time-span.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What the clocks of a zone show, as a number of milliseconds. */
function wallClock(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (at) => {
    const [month, day, year, hour, minute, second] = format.format(at).match(/\d+/g)!.map(Number) as number[];
    return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!);
  };
}

/** How far to go from one look at the clocks to the next: every bar of the width starts at a multiple of it. */
const stepOf = (width: number): number => (width < MINUTE ? SECOND : width < 15 * MINUTE ? MINUTE : 15 * MINUTE);

/** The bars of a range, found by looking at the clocks at each step, as a person would. */
export function naiveBars(range: TimeSpan, timeZone: string, width: number): TimeSpan[] {
  const clock = wallClock(timeZone);
  const step = stepOf(width);
  const [from, to] = [range.from, range.to].map((timestamp) => Number(microsOf(timestamp)) / 1000) as [number, number];
  const starts: Timestamp[] = [range.from];
  const seen = new Set<number>();
  let newestDays = Number.NEGATIVE_INFINITY;
  // Bars of an hour or less do not ask what the clocks showed before.
  for (let at = Math.floor(from / step) * step - (width > HOUR ? 2 * DAY : 0); at < to; at += step) {
    const shown = clock(at);
    let isStart: boolean;
    if (width < DAY) {
      isStart = shown % width === 0 && (width <= HOUR || !seen.has(shown));
      seen.add(shown);
    } else {
      const days = width / DAY;
      const date = Math.floor(shown / DAY);
      // 1969-12-29 was a Monday.
      const number = days === 7 || days === 14 ? Math.floor((date + 3) / days) : Math.floor(date / days);
      isStart = number > newestDays;
      newestDays = Math.max(newestDays, number);
    }
    if (isStart && at > from) starts.push(timestampFromMs(at));
  }
  return starts.map((start, index) => ({ from: start, to: starts[index + 1] ?? range.to }));
}

/** A range that begins at a time of milliseconds plus some microseconds. */
export const rangeOf = (fromMs: number, lengthMs: number, micros: number): TimeSpan => ({
  from: timestampFromMicros(BigInt(fromMs) * 1000n + BigInt(micros))!,
  to: timestampFromMicros(BigInt(fromMs + lengthMs) * 1000n + BigInt(micros))!,
});

export const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Africa/Casablanca'],
  // Its clocks go two hours forward and back.
  'Antarctica/Troll',
];

/** Days around which clocks of these zones are changed, and others. */
export const CHANGES = [
  ...['2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-05', '2026-10-04', '2026-02-15', '2026-03-22'],
  ...['2026-07-01', '1970-01-01', '1969-12-30', '2000-02-28'],
].map((day) => Date.parse(day));
