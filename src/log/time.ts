/**
 * An instant as text: `2026-11-21T20:06:40.731905Z`. It always has 27 characters, in UTC, with microseconds, and a year from 0001
 * to 9999. Unlike a `Date`, it keeps microseconds. It sorts by time, and Postgres takes it unchanged.
 */
export type Timestamp = string;

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:([Zz])|([+-])(\d{2}):?(\d{2})))?$/;
/** What most loggers write: UTC, with three or six digits after the second. All of them are dates. */
const USUAL =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}(?:\d{3})?Z$/;
const MICROS_MIN = -62135596800000000n; // 0001-01-01
const MICROS_MAX = 253402300799999999n; // 9999-12-31
/** Every record is before this instant: its clock may be at most an hour ahead. */
export const END_OF_TIME: Timestamp = '9999-12-31T23:59:59.999999Z';
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const daysInMonth = (year: number, month: number): number =>
  month === 2 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0)) ? 28 : (DAYS[month - 1] ?? 0);

const micros6 = (fraction: string | undefined): string => (fraction ?? '').slice(0, 6).padEnd(6, '0');

/**
 * Reads RFC 3339 with any offset. A date alone is midnight UTC. Digits after the sixth are dropped, and `:60` is the next second.
 * Undefined for other text, and for a time without an offset: it is no instant.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  if (USUAL.test(text)) return text.length === 27 ? text : `${text.slice(0, 23)}000Z`;
  const m = RFC3339.exec(text);
  if (!m) return undefined;
  const [, y, mo, d, h = '00', mi = '00', s = '00', fraction, , sign, oh, om] = m as unknown as string[];
  const [year, month, day, second] = [Number(y), Number(mo), Number(d), Number(s)];
  if (year < 1 || day < 1 || day > daysInMonth(year, month) || h > '23' || mi > '59' || second > 60) return undefined;
  if (second < 60 && !sign) return `${y}-${mo}-${d}T${h}:${mi}:${s}.${micros6(fraction)}Z`;
  if (oh !== undefined && (oh > '23' || om! > '59')) return undefined;
  const offsetMinutes = sign ? (sign === '-' ? -1 : 1) * (Number(oh) * 60 + Number(om)) : 0;
  const ms = utcMs(year, month, day, Number(h), Number(mi) - offsetMinutes, second);
  return timestampFromMicros(BigInt(ms) * 1000n + BigInt(micros6(fraction)));
}

/** `Date.UTC` that does not change years below 100. Fields may overflow into the next field. */
export function utcMs(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Microseconds since 1970; undefined outside the years 0001 to 9999. */
export function timestampFromMicros(micros: bigint): Timestamp | undefined {
  if (micros < MICROS_MIN || micros > MICROS_MAX) return undefined;
  const sub = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - sub) / 1000n)).toISOString();
  return `${iso.slice(0, 23)}${String(sub).padStart(3, '0')}Z`;
}

let lastSecond = '';
let microsOfLastSecond = 0n;

export function microsOf(timestamp: Timestamp): bigint {
  const second = timestamp.slice(0, 19);
  // Most neighbours on a page have the same second.
  if (second !== lastSecond) {
    microsOfLastSecond = BigInt(Date.parse(`${second}Z`)) * 1000n;
    lastSecond = second;
  }
  return microsOfLastSecond + BigInt(Number(timestamp.slice(20, 26)));
}

/** Whole seconds since 1970, by arithmetic alone: it is used for every record that is stored. */
export function secondsOf(timestamp: Timestamp): number {
  const two = (at: number): number => timestamp.charCodeAt(at) * 10 + timestamp.charCodeAt(at + 1) - 0x30 * 11;
  const month = two(5);
  // A year that begins in March ends with its leap day. From March, the months before one have (153 * months + 2) / 5 days.
  const year = two(0) * 100 + two(2) - (month > 2 ? 0 : 1);
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  const days = 365 * year + leapDays + Math.floor((153 * months + 2) / 5) + two(8) - 1;
  return (((days - DAYS_TO_1970) * 24 + two(11)) * 60 + two(14)) * 60 + two(17);
}

/** From the first of March of the year 0. */
const DAYS_TO_1970 = 719_468;

/** Milliseconds since 1970, with the microseconds as a fraction. It is rounded: use it for differences, never for cursors. */
export const millisOf = (timestamp: Timestamp): number =>
  Date.parse(`${timestamp.slice(0, 23)}Z`) + Number(timestamp.slice(23, 26)) / 1000;

export const timestampFromMs = (ms: number): Timestamp => `${new Date(ms).toISOString().slice(0, 23)}000Z`;

export const now = (): Timestamp => timestampFromMs(Date.now());

/** The end of the current millisecond. Every record that has arrived is before it. */
export const endOfNow = (): Timestamp => timestampFromMs(Date.now() + 1);

/** `timestamp` moved by `ms`, which may be negative or have a fraction. The result stays within the years 0001 to 9999. */
export function shift(timestamp: Timestamp, ms: number): Timestamp {
  const micros = microsOf(timestamp) + BigInt(Math.round(ms * 1000));
  const held = micros < MICROS_MIN ? MICROS_MIN : micros > MICROS_MAX ? MICROS_MAX : micros;
  return timestampFromMicros(held)!;
}

/** The next instant: a microsecond later. */
export const justAfter = (timestamp: Timestamp): Timestamp => shift(timestamp, 0.001);

/** The earlier one of two instants. */
export const earlier = (one: Timestamp, other: Timestamp): Timestamp => (one < other ? one : other);
/** The later one. */
export const later = (one: Timestamp, other: Timestamp): Timestamp => (one > other ? one : other);

/**
 * Reads a number since 1970. Its size decides the unit: seconds below 1e11 (the year 5138), then milliseconds, microseconds,
 * nanoseconds. Pass the digits as text to keep all of them. Undefined for other text.
 */
export function timestampFromEpoch(value: number | string): Timestamp | undefined {
  const m = /^(-?)(\d{1,19})(?:\.(\d+))?$/.exec(typeof value === 'number' ? plainDigits(value) : value.trim());
  if (!m) return undefined;
  const [, minus, whole, fraction] = m as unknown as [string, string, string, string | undefined];
  if (!minus && whole.length <= 10) {
    return `${new Date(Number(whole) * 1000).toISOString().slice(0, 20)}${micros6(fraction)}Z`;
  }
  const size = BigInt(whole);
  const power =
    size < 100_000_000_000n ? 6 : size < 100_000_000_000_000n ? 3 : size < 100_000_000_000_000_000n ? 0 : -3;
  const micros =
    power >= 0
      ? size * 10n ** BigInt(power) + BigInt((fraction ?? '').slice(0, power).padEnd(power, '0') || '0')
      : size / 1000n;
  return timestampFromMicros(minus ? -micros : micros);
}

const plainDigits = (value: number): string =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21
    ? BigInt(value).toString()
    : String(value);

/** Reads a timestamptz as Postgres prints it under `TimeZone = UTC`, `DateStyle = ISO`: `2026-11-21 20:06:40.7319+00`. */
export const timestampFromPostgres = (text: string): Timestamp =>
  `${text.slice(0, 10)}T${text.slice(11, 19)}.${micros6(text.slice(20, -3))}Z`;
