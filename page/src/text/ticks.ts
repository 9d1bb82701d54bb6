import type { ZoneOffset } from '../../../src/log/time-zone.ts';
import { DAY, instantOf, localOf } from './clock.ts';

/** A place on the axis of time, where its label stands. */
export interface Tick {
  at: number;
  label: string;
}

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14].map((count) => count * DAY),
];
const MONTH_STEPS: readonly number[] = [
  1,
  2,
  3,
  6,
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].map((years) => 12 * years),
];
const MONTH = 30 * DAY;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** 1970-01-05 was the first Monday. */
const MONDAY = 4 * DAY;

/**
 * At most `most` places between two instants that the clocks of a zone show as round times: `14:00`, `26 Nov`, `Nov 2026`. At midnight
 * the day stands in place of the time.
 */
export function timeTicks(from: number, to: number, offset: ZoneOffset, most: number): Tick[] {
  const [start, end] = [localOf(from, offset), localOf(to, offset)];
  const width = (to - from) / Math.max(most, 1);
  const step = STEPS.find((size) => size >= width);
  const locals = step === undefined ? monthStarts(start, end, width) : multiples(start, end, step);
  const ticks = locals.map((local) => ({ at: instantOf(local, offset), label: labelOf(local, step) }));
  return ticks.filter(({ at }) => at >= from && at < to);
}

function multiples(start: number, end: number, step: number): number[] {
  const origin = step >= 7 * DAY ? MONDAY : 0;
  const locals: number[] = [];
  for (let local = Math.ceil((start - origin) / step) * step + origin; local < end; local += step) locals.push(local);
  return locals;
}

function monthStarts(start: number, end: number, width: number): number[] {
  const step = MONTH_STEPS.find((count) => count * MONTH >= width) ?? MONTH_STEPS.at(-1)!;
  const locals: number[] = [];
  const first = new Date(start);
  const month = first.getUTCFullYear() * 12 + first.getUTCMonth();
  for (let next = Math.floor(month / step) * step; ; next += step) {
    // Date.UTC takes years below 100 as those of the 20th century.
    const local = new Date(0).setUTCFullYear(Math.floor(next / 12), next % 12, 1);
    if (local >= end) return locals;
    locals.push(local);
  }
}

function labelOf(local: number, step: number | undefined): string {
  const date = new Date(local);
  const month = MONTHS[date.getUTCMonth()]!;
  if (step === undefined) return `${month} ${date.getUTCFullYear()}`;
  if (local % DAY === 0) return `${date.getUTCDate()} ${month}`;
  return date.toISOString().slice(11, step < MINUTE ? 19 : 16);
}
