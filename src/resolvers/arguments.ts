import { BadUserInput } from '../errors.ts';
import { decodePageCursor, type Position } from '../log/cursor.ts';
import type { Milliseconds } from '../log/duration.ts';
import { shift, type Timestamp } from '../log/time.ts';
import { ALL_TIME, type TimeWindow } from '../log/time-span.ts';
import type { Clock } from './clock.ts';

export const PAGE_MAX = 1000;
export const PAGE_DEFAULT = 50;

/** @throws BadUserInput unless `min` <= `value` <= `max` */
export function within(argument: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new BadUserInput(`${argument}: expected ${min} to ${max}, got ${value}`);
}

export const first = (value: number): number => within('first', value, 0, PAGE_MAX);

export interface TimeRange {
  from?: Timestamp | null;
  to?: Timestamp | null;
  last?: Milliseconds | null;
}

/**
 * The window of a `TimeRangeInput`. It is empty if it ends before it begins. Without `to`, `last` counts back from now, though
 * the window may end a little later.
 * @throws BadUserInput `last` and `from` are both given
 */
export async function windowOf({ from, to, last }: TimeRange, clock: Clock): Promise<TimeWindow> {
  if (last != null && from != null) throw new BadUserInput('time: expected either `from` or `last`, got both');
  const start = last == null ? (from ?? null) : shift(to ?? clock.now, -last);
  const end = to ?? (await clock.openEnd());
  return { from: start, to: start !== null && start > end ? start : end };
}

export const windowOrAll = async (time: TimeRange | null | undefined, clock: Clock): Promise<TimeWindow> =>
  time ? windowOf(time, clock) : ALL_TIME;

export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

export interface PageRequest {
  limit: number;
  /** From the end, because `last` is given. */
  backward: boolean;
  after: Position | null;
  before: Position | null;
}

/** @throws BadUserInput, CursorInvalid */
export function pageOf({ first, after, last, before }: PageArguments): PageRequest {
  if (first != null && last != null) throw new BadUserInput('expected either `first` or `last`, got both');
  const [argument, size] = last != null ? ['last', last] : ['first', first ?? PAGE_DEFAULT];
  return {
    limit: within(argument, size, 0, PAGE_MAX),
    backward: last != null,
    after: after == null ? null : decodePageCursor(after, 'after'),
    before: before == null ? null : decodePageCursor(before, 'before'),
  };
}
