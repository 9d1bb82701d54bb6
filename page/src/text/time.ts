import { zoneOffset } from '../../../src/log/time-zone.ts';

/** Times as people read them. A time is a text as the API gives it: `2026-11-21T20:06:40.731905Z`. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}

/** The minute that was written last: rows beside each other share it, and a formatter takes longer than all else of a row. */
let last = { minute: '', timeZone: '', text: '' };
/** Since then, the clocks of all zones have the same seconds. */
const SAME_SECONDS_SINCE = '1972-05';

/** `2026-11-21 21:06:40.731`: by the clocks of an IANA time zone, to the millisecond. */
export function timeText(time: string, timeZone: string): string {
  if (time < SAME_SECONDS_SINCE) return `${formatted(time, timeZone)}.${fractionOf(time).slice(0, 3)}`;
  const minute = time.slice(0, MINUTE_LENGTH);
  if (last.minute !== minute || last.timeZone !== timeZone) {
    last = { minute, timeZone, text: formatted(`${minute}:00Z`, timeZone).slice(0, MINUTE_LENGTH) };
  }
  return `${last.text}${time.slice(MINUTE_LENGTH, MINUTE_LENGTH + 3)}.${fractionOf(time).slice(0, 3)}`;
}
const MINUTE_LENGTH = '2026-11-21T20:06'.length;

function formatted(time: string, timeZone: string): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(new Date(time))) parts[type] = value;
  const { year, month, day, hour, minute, second } = parts;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

const fractionOf = (time: string): string => (/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(6, '0');

/** Whether this browser knows the time zone. An offset is none: bars of the server start by the clocks of a zone. */
export const isTimeZone = (name: string): boolean => zoneOffset(name) !== undefined;
