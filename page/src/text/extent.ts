/** A stretch of time, in whole microseconds: since 1970, or since another moment that all of them share. */
export interface Extent {
  from: number;
  to: number;
}

/** A time as the API gives it, `2026-11-21T20:06:40.731905Z`, in microseconds since 1970. A `Date` has milliseconds only. */
export function microsOf(time: string): number {
  const fraction = (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(6, '0');
  return Math.floor(Date.parse(time) / 1000) * 1e6 + Number(fraction.slice(0, 6));
}

export const lengthOf = ({ from, to }: Extent): number => to - from;

/** What a zoom cannot go below. */
const SHORTEST = 10;

/** `shown`, made shorter (`factor` < 1) or longer around a moment that keeps its place; never more than `whole`. */
export function zoomed(shown: Extent, whole: Extent, factor: number, around = (shown.from + shown.to) / 2): Extent {
  const length = Math.min(Math.max(lengthOf(shown) * factor, SHORTEST), lengthOf(whole));
  const part = lengthOf(shown) === 0 ? 0.5 : (around - shown.from) / lengthOf(shown);
  return within({ from: around - length * part, to: around + length * (1 - part) }, whole);
}

/** `shown`, moved by a part of its length; it stops at the ends of `whole`. */
export const shifted = (shown: Extent, whole: Extent, part: number): Extent =>
  within({ from: shown.from + lengthOf(shown) * part, to: shown.to + lengthOf(shown) * part }, whole);

/** What lies between two moments, in either order. */
export const between = (one: number, other: number, whole: Extent): Extent => {
  const middle = (one + other) / 2;
  const half = Math.max(Math.abs(one - other), SHORTEST) / 2;
  return within({ from: middle - half, to: middle + half }, whole);
};

function within({ from, to }: Extent, whole: Extent): Extent {
  const length = Math.min(to - from, lengthOf(whole));
  const start = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

export interface Place {
  /** Both in percent of what is shown. */
  left: number;
  width: number;
}

/** Where a stretch stands in what is shown. Null: outside. */
export function placeOf({ from, to }: Extent, shown: Extent): Place | null {
  if (to < shown.from || from > shown.to) return null;
  const percent = (at: number): number =>
    lengthOf(shown) === 0 ? 0 : (Math.min(Math.max(at, shown.from), shown.to) - shown.from) * (100 / lengthOf(shown));
  return { left: percent(from), width: percent(to) - percent(from) };
}

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Steps of an axis: round in the units in which durations are written. */
const STEPS = [
  ...[1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 4, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY),
];

/** Round moments of what is shown, counted from 0: at most `most` and one more. */
export function axisMoments(shown: Extent, most: number): number[] {
  const step = STEPS.find((one) => lengthOf(shown) / one <= most) ?? lengthOf(shown) / most;
  if (step <= 0) return [];
  const first = Math.ceil(shown.from / step);
  const count = Math.floor(shown.to / step) - first + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, index) => (first + index) * step);
}

/** The time in the form of the API, to the microsecond. */
export function timeOfMicros(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const fraction = String(micros - seconds * 1e6).padStart(6, '0');
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
}
