import { readTimeText } from '../../../src/log/time-text.ts';
import type { ZoneOffset } from '../../../src/log/time-zone.ts';
import { DAY, instantOf, localOf } from './clock.ts';
import { readLength } from './length-text.ts';

/** Why a typed time could not be read. Its message is for the person who typed it. */
export class UnreadableTime extends Error {}

/** An instant that a text names, and how precisely. */
export interface Named {
  at: number;
  precision: 'day' | 'minute' | 'second' | 'ago';
}

/** What a text is read by: the present instant, and the clocks of the shown zone. */
export interface Clocks {
  now: number;
  offset: ZoneOffset;
}

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DATE = String.raw`(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<date>\d{1,2})`;
const WORD = '(?<word>today|yesterday|(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?)';
const CLOCK = String.raw`(?<hour>\d{1,2})(?::(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?)?\s*(?<half>am|pm)?`;
const DAY_AND_CLOCK = new RegExp(String.raw`^(?:${DATE}|${WORD})(?:(?:t|,?\s+(?:at\s+)?)${CLOCK})?$`, 'i');
const CLOCK_ALONE = new RegExp(String.raw`^(?:at\s+)?${CLOCK}$`, 'i');
/** Digits of a number of seconds, milliseconds and microseconds since 1970, and how many of each are a millisecond. */
const UNIX: readonly [digits: RegExp, perMs: number][] = [
  [/^\d{9,10}(\.\d+)?$/, 0.001],
  [/^\d{12,13}$/, 1],
  [/^\d{16}$/, 1000],
];

/**
 * Reads `now`, `2h ago`, `yesterday 14:00`, `monday`, `2026-11-20 10:00`, `14:00`, RFC 3339, seconds or milliseconds since 1970, and the
 * times of log lines. Without an offset of their own, by the clocks of the shown zone. Undefined for other text.
 *
 * @param day an instant of the day that a clock alone is read on; without it, today, or yesterday if that is yet to come
 * @throws UnreadableTime it is a time, but there is none like it
 */
export function readInstant(text: string, { now, offset }: Clocks, day?: number): Named | undefined {
  if (/^now$/i.test(text)) return { at: now, precision: 'second' };
  const ago = /^(.+)\s+ago$/i.exec(text);
  if (ago) {
    const length = readLength(ago[1]!);
    return length === undefined ? undefined : { at: now - length, precision: 'ago' };
  }
  for (const [digits, perMs] of UNIX) {
    if (digits.test(text)) return { at: Math.floor(Number(text) / perMs), precision: 'second' };
  }
  const dated = DAY_AND_CLOCK.exec(text)?.groups;
  if (dated) return clockOn(dayOf(dated, { now, offset }), dated, offset);
  const clock = CLOCK_ALONE.exec(text)?.groups;
  if (clock && (clock.minute !== undefined || clock.half !== undefined)) {
    const found = clockOn(dayNumber(day ?? now, offset), clock, offset);
    return day === undefined && found.at > now ? clockOn(dayNumber(now, offset) - 1, clock, offset) : found;
  }
  return lineTime(text, offset);
}

/** A time as programs write it. One without an offset is by the shown clocks: with an offset added it is still a time. */
function lineTime(text: string, offset: ZoneOffset): Named | undefined {
  const read = readTimeText(text);
  if (read === undefined) return undefined;
  const ms = Date.parse(read);
  return { at: readTimeText(`${text}Z`) === undefined ? ms : instantOf(ms, offset), precision: 'second' };
}

const dayNumber = (at: number, offset: ZoneOffset): number => Math.floor(localOf(at, offset) / DAY);

/** The day, counted from 1970-01-01. */
function dayOf({ year, month, date, word }: Record<string, string>, { now, offset }: Clocks): number {
  const today = dayNumber(now, offset);
  if (word === undefined) return dateNumber(Number(year), Number(month), Number(date));
  if (/^today$/i.test(word)) return today;
  if (/^yesterday$/i.test(word)) return today - 1;
  // 1970-01-01 was a Thursday.
  const back = (today + 4 - WEEKDAYS.indexOf(word.slice(0, 3).toLowerCase()) + 7) % 7;
  return today - back;
}

function dateNumber(year: number, month: number, date: number): number {
  const made = new Date(Date.UTC(year, month - 1, date));
  if (month < 1 || month > 12) throw new UnreadableTime(`Expected a month of 1 to 12 in YYYY-MM-DD, got ${month}.`);
  if (made.getUTCDate() !== date) throw new UnreadableTime(`There is no day ${date} in ${year}-${two(month)}.`);
  return made.getTime() / DAY;
}

function clockOn(day: number, found: Record<string, string | undefined>, offset: ZoneOffset): Named {
  const { hour, minute = '0', second, fraction = '', half } = found;
  if (hour === undefined) return { at: instantOf(day * DAY, offset), precision: 'day' };
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  if (Number(hour) > (half === undefined ? 23 : 12))
    throw new UnreadableTime(`Expected an hour of 0 to 23, got ${hour}.`);
  if (Number(minute) > 59) throw new UnreadableTime(`Expected minutes of 00 to 59, got ${minute}.`);
  if (Number(second ?? 0) > 59) throw new UnreadableTime(`Expected seconds of 00 to 59, got ${second}.`);
  const ms = ((hours * 60 + Number(minute)) * 60 + Number(second ?? 0)) * 1000 + Number(`${fraction}000`.slice(0, 3));
  return { at: instantOf(day * DAY + ms, offset), precision: second === undefined ? 'minute' : 'second' };
}

const two = (part: number): string => String(part).padStart(2, '0');
