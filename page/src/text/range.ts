import type { ZoneOffset } from '../../../src/log/time-zone.ts';
import { DAY, localOf, rfc3339, startOfDay } from './clock.ts';
import type { Clocks } from './instant-text.ts';
import { readLength, shortLength } from './length-text.ts';
import { ALL_TIME, rangeOfWord, type TimeRange, WORDS } from './time-text.ts';

/** From when to when a range goes now; undefined where it has no start. Days and weeks go to their ends. */
export function spanOf(range: TimeRange, clocks: Clocks): { from: number; to: number } | undefined {
  if (!('last' in range)) {
    const to = range.to === undefined ? clocks.now : Date.parse(range.to);
    return range.from === undefined ? undefined : { from: Date.parse(range.from), to };
  }
  if (WORDS.includes(range.last)) {
    const { from, to } = rangeOfWord(range.last, clocks);
    return { from, to: to ?? startOfDay(from, clocks.offset, range.last === 'today' ? 1 : 7) };
  }
  const length = readLength(range.last);
  return length === undefined ? undefined : { from: clocks.now - length, to: clocks.now };
}

/** A range that ends this close before now, as a part of its width, is shown as one that ends now. */
const NEARLY_NOW = 0.1;

/**
 * The range before this one, or after it: as wide, and days stay days. What would reach now ends now, and is relative. Null where there
 * is none: all time, and what has not happened.
 */
export function shifted(range: TimeRange, direction: -1 | 1, clocks: Clocks): TimeRange | null {
  const { now, offset } = clocks;
  const span = spanOf(range, clocks);
  if (!span) return null;
  const width = span.to - span.from;
  const days = daysIn(span, offset);
  const move = (at: number): number => (days > 0 ? startOfDay(at, offset, direction * days) : at + direction * width);
  const next = { from: move(span.from), to: move(span.to) };
  if (next.from >= now) return null;
  if (days === 1 && next.to > now) return { last: 'today' };
  if (days === 0 && now - next.to < width * NEARLY_NOW) return { last: shortLength(width) };
  return { from: rfc3339(next.from), to: rfc3339(next.to) };
}

/** How many whole days it is, by the clocks; 0 if it is something else. */
function daysIn({ from, to }: { from: number; to: number }, offset: ZoneOffset): number {
  const [start, end] = [localOf(from, offset) / DAY, localOf(to, offset) / DAY];
  return Number.isInteger(start) && Number.isInteger(end) ? end - start : 0;
}

/** `Last 15 minutes`, `Today`, `2026-11-26 14:00 to 15:00`, `Since 2026-11-26 14:00`, `All time`. */
export function rangeText(range: TimeRange, offset: ZoneOffset): string {
  if ('last' in range) {
    if (range.last === ALL_TIME) return 'All time';
    if (WORDS.includes(range.last)) return `${range.last[0]!.toUpperCase()}${range.last.slice(1)}`;
    return `Last ${lengthText(range.last)}`;
  }
  const [from, to] = [range.from, range.to].map((at) => at && clockText(Date.parse(at), offset));
  if (!from) return `Until ${to}`;
  if (!to) return `Since ${from}`;
  return `${from} to ${to.slice(0, 10) === from.slice(0, 10) ? to.slice(11) : to}`;
}

const UNITS: Readonly<Record<string, string>> = { d: 'day', h: 'hour', m: 'minute', s: 'second' };

/** `15 minutes`, `hour`; what is of several units stays as it is. */
function lengthText(length: string): string {
  const [, count, unit] = /^(\d+)([dhms])$/.exec(length) ?? [];
  if (!unit) return length;
  return count === '1' ? UNITS[unit]! : `${count} ${UNITS[unit]}s`;
}

/** `2026-11-26 14:00`, with seconds and milliseconds where they are not 0. */
export function clockText(at: number, offset: ZoneOffset): string {
  if (Number.isNaN(at)) return '?';
  const text = new Date(localOf(at, offset)).toISOString().replace('T', ' ').slice(0, -1);
  return text.replace(/(:00)?\.000$/, '');
}
