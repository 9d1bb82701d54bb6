import { isJsonObject } from './json.ts';
import { parseTimestamp, type Timestamp, timestampFromEpoch, timestampFromMs } from './time.ts';
import { readTimeText, readZonedTime } from './time-text.ts';

const DIGITS = /^\s*-?\d+(\.\d+)?\s*$/;
/** `20240506070809`: as an epoch in milliseconds it is after the year 2600. */
const DATE_DIGITS = /^20\d{12}$/;
const isEpochText = (text: string): boolean => DIGITS.test(text) && !DATE_DIGITS.test(text);
/** A smaller number (in seconds: before 1973) is not the time of a log, but a count or a length. */
const EPOCH_MIN = 100_000_000;
const isEpochMs = (value: number): boolean => Number.isInteger(value) && value >= 1e11 && value < 1e14;

/** A time in any form that loggers write it. Without a zone it is UTC: Python's `isoformat()` of a naive datetime writes none. */
export function timestampOf(value: unknown): Timestamp | undefined {
  if (typeof value === 'string') {
    return parseTimestamp(value) ?? (isEpochText(value) ? timestampOfEpoch(value) : readTimeText(value));
  }
  if (typeof value === 'number' && DATE_DIGITS.test(String(value))) return readTimeText(String(value));
  if (typeof value === 'number') return isEpochMs(value) ? timestampFromMs(value) : timestampOfEpoch(value);
  return isJsonObject(value) ? timeInObject(value) : undefined;
}

export const timestampOfEpoch = (value: string | number): Timestamp | undefined =>
  Number(value) >= EPOCH_MIN ? timestampFromEpoch(value) : undefined;

/** For names that often hold a date alone, which is not the time of a record. */
export const timestampWithClock = (value: unknown): Timestamp | undefined =>
  typeof value === 'string' && !value.includes(':') && !DIGITS.test(value) ? undefined : timestampOf(value);

/** Only objects that say nothing beside the time: what they hold is not kept. */
function timeInObject(time: Record<string, unknown>): Timestamp | undefined {
  const keys = Object.keys(time);
  const has = (...names: string[]): boolean => names.every((name) => name in time) && keys.length === names.length;
  // MongoDB's extended JSON.
  if (has('$date')) return timestampOf(isJsonObject(time.$date) ? time.$date.$numberLong : time.$date);
  // log4j2.
  if (has('epochSecond', 'nanoOfSecond')) return timeOfParts(time.epochSecond, time.nanoOfSecond);
  if (has('seconds', 'nanos')) return timeOfParts(time.seconds, time.nanos);
  // PowerShell's `ConvertTo-Json`.
  if (has('value', 'DateTime') || has('value', 'DisplayHint', 'DateTime')) return timestampOf(time.value);
  // PHP's DateTime, in Monolog.
  const { date, timezone } = time;
  if (has('date', 'timezone_type', 'timezone') && typeof date === 'string' && typeof timezone === 'string') {
    return readZonedTime(date, timezone);
  }
  return undefined;
}

function timeOfParts(seconds: unknown, nanos: unknown): Timestamp | undefined {
  if (!/^\d{1,12}$/.test(String(seconds)) || !/^\d{1,9}$/.test(String(nanos))) return undefined;
  return timestampFromEpoch(`${seconds}.${String(nanos).padStart(9, '0')}`);
}
