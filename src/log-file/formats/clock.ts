import { FUTURE_MS_MAX } from '../../log/record.ts';
import { parseTimestamp, shift, type Timestamp, utcMs } from '../../log/time.ts';

/** A time as a log line writes it. All digits are text. */
export interface Reading {
  /** Syslog and Android leave it out. Two digits mean a year of this century. */
  year?: string | undefined;
  /** Digits, or an English name: `Dec`, `december`. Without month and day, it is a time of the last 24 hours. */
  month?: string | undefined;
  day?: string | undefined;
  hour: string;
  minute: string;
  second: string;
  fraction?: string | undefined;
  /** `Z`, `+0200` or `+02:00`. Without it, `zone` applies. */
  offset?: string | undefined;
  /** An IANA name. Without it, or if there is none, the clock's own time zone applies. */
  zone?: string | undefined;
}

export interface Clock {
  /** Undefined if there is no such date or time. */
  read(reading: Reading): Timestamp | undefined;
  /** A clock of the same time zone at another time: of a line whose envelope says when it was written. */
  at(now: Timestamp): Clock;
}

/** February 29 may be eight years back: 1900 and 2100 are not leap years. */
const YEARS_BACK_MAX = 8;
/** Tomorrow in UTC, today, and two days before. */
const DAYS_TRIED = 4;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const CACHE_ENTRIES_MAX = 100_000;
/** Zones that lines name, besides the clock's own. */
const ZONES_MAX = 16;

/**
 * Turns readings of clocks in `timeZone` (an IANA name) into instants. A reading without a year belongs to the latest year in
 * which it is not in the future, and one without a date to the latest day. Up to an hour ahead does not count as the future: the
 * clock may be fast.
 * @throws RangeError there is no such time zone
 */
export function createClock({ timeZone, now }: { timeZone: string; now: Timestamp }): Clock {
  return clockAt(now, zonesBeside(timeZone));
}

function clockAt(now: Timestamp, zones: ReturnType<typeof zonesBeside>): Clock {
  let latest: Timestamp | undefined;

  const readIn = (year: string, month: string, day: string, r: Reading): Timestamp | undefined => {
    const fraction = r.fraction ? `.${r.fraction}` : '';
    const text = `${year}-${two(monthDigits(month))}-${two(day)}T${two(r.hour)}:${r.minute}:${r.second}${fraction}`;
    if (r.offset !== undefined) return parseTimestamp(text + r.offset);
    const local = parseTimestamp(`${text}Z`);
    const offsetMs = zones(r.zone);
    return local && (offsetMs ? shift(local, -offsetMs(Date.parse(local))) : local);
  };
  /** The latest of these readings that is not in the future. */
  const latestOf = (count: number, readAt: (at: number) => Timestamp | undefined): Timestamp | undefined => {
    latest ??= shift(now, FUTURE_MS_MAX);
    for (let at = 0; at < count; at++) {
      const timestamp = readAt(at);
      if (timestamp !== undefined && timestamp <= latest) return timestamp;
    }
    return undefined;
  };
  return {
    read(reading) {
      const { year, month, day } = reading;
      if (month === undefined || day === undefined) {
        // A day more than now: clocks east of UTC show tomorrow's date.
        return latestOf(DAYS_TRIED, (back) => {
          const date = shift(now, (1 - back) * DAY_MS);
          return readIn(date.slice(0, 4), date.slice(5, 7), date.slice(8, 10), reading);
        });
      }
      if (year !== undefined) return readIn(year.length === 2 ? `20${year}` : year, month, day, reading);
      const thisYear = Number(shift(now, DAY_MS).slice(0, 4));
      return latestOf(YEARS_BACK_MAX + 1, (back) => readIn(String(thisYear - back), month, day, reading));
    },
    at: (time) => clockAt(time, zones),
  };
}

/** How far ahead of UTC a zone's clocks are: see `localOffsets`. */
type Offsets = (localMs: number) => number;

/** The offsets of a zone that a line names, or of `own`. Undefined for UTC. */
function zonesBeside(own: string): (name: string | undefined) => Offsets | undefined {
  const ownOffsets = own === 'UTC' ? undefined : localOffsets(own);
  const known = new Map<string, Offsets | undefined>();
  return (name) => {
    if (name === undefined) return ownOffsets;
    if (known.has(name)) return known.get(name);
    if (known.size >= ZONES_MAX) known.clear();
    let offsets = ownOffsets;
    try {
      offsets = localOffsets(name);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    known.set(name, offsets);
    return offsets;
  };
}

const two = (digits: string): string => digits.trim().padStart(2, '0');

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** An unknown name stays as it is, and then `parseTimestamp` does not accept it. */
function monthDigits(month: string): string {
  if (month.charCodeAt(0) <= 57) return month;
  const at = MONTHS.indexOf(month.slice(0, 3).toLowerCase());
  return at < 0 ? month : String(at + 1);
}

/**
 * How far ahead of UTC the clocks of a zone are when they show a time (`localMs` is that time as if it were UTC). When clocks go
 * back, a time occurs twice: the first one counts. When they go forward, a time is skipped: it is read with the offset before
 * the change.
 */
function localOffsets(timeZone: string): Offsets {
  const offsetAt = zoneOffsets(timeZone);
  const find = (localMs: number): number => {
    const before = offsetAt(localMs - DAY_MS);
    const after = offsetAt(localMs + DAY_MS);
    const holds = (offset: number): boolean => offsetAt(localMs - offset) === offset;
    return holds(before) || !holds(after) ? before : after;
  };
  // The offset of a zone changes only at whole quarters of an hour.
  return cached((localMs) => Math.floor(localMs / QUARTER_MS) * QUARTER_MS, find);
}

function zoneOffsets(timeZone: string): (utc: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (utc) => {
    const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    return utcMs(year!, month!, day!, hour, minute, second) - Math.floor(utc / 1000) * 1000;
  };
}

function cached(keyOf: (input: number) => number, compute: (input: number) => number): (input: number) => number {
  const known = new Map<number, number>();
  return (input) => {
    const key = keyOf(input);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= CACHE_ENTRIES_MAX) known.clear();
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
