import { type Timestamp, timestampFromEpoch } from '../../log/time.ts';
import { isZoneName, offsetOfZone } from '../../log/zone-names.ts';
import type { Clock, Reading } from './clock.ts';

/** The time that a line begins with, with or without a bracket before it. */
export interface LineTime {
  timestamp: Timestamp;
  /** The rest of the line. A bracket that the time is in ends there. */
  rest: string;
  /** `10:00:00.123`: only a format that surely has such times may read it. */
  isAlone: boolean;
}

const FRACTION = String.raw`(?:[.,](?<fraction>\d{1,9})(?!\d)|:(?<fraction>\d{3})(?![\d:]))?`;
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2}):(?<second>\d{2})(?![\d])${FRACTION}(?: ?(?<half>[AaPp])\.?[Mm]\b\.?)?`;
const OFFSET = String.raw`(?: ?(?<offset>Z|[+-]\d{2}:?\d{2})(?!\w|:\d)|(?<offset>[+-]\d{2})(?!\w|:\d))?`;
/** PHP writes the zone's IANA name. */
const ZONE = String.raw`(?:(?<zoneName> ?[A-Z]{2,4})(?![\w/.:[=-])| (?<zone>[A-Z][A-Za-z_]{2,20}/[A-Za-z_/+-]{2,30})(?=\]))?`;
const NAME = '(?<month>[A-Za-z]{3,9})';
const WEEKDAY = '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,3})?';
const pattern = (date: string): RegExp => new RegExp(`\\[?${date}`, 'y');

/** `2015-07-29 17:41:44,747`, `2024/1/1T9:00:00.5+02:00`, `2024-01-01, 10:00:00 UTC`, `17/06/09 20:10:40`. */
const YEAR_FIRST = pattern(
  String.raw`(?<year>(?:\d{2})?\d{2})(?<separator>[-/.])(?<month>\d{1,2})\k<separator>(?<day>\d{1,2})(?:[T:_ ]| {1,4}|, ?| - )${TIME}${OFFSET}${ZONE}`,
);
/** `10/11/2023 2:05:09 PM` is American, `13/11/2023` and `13.11.2023` are not. */
const YEAR_LAST = pattern(
  String.raw`(?<one>\d{1,2})(?<separator>[-/.])(?<two>\d{1,2})\k<separator>(?<year>\d{4})(?:[T: ]|, ?| - )${TIME}${OFFSET}${ZONE}`,
);
/** `11/Oct/2023:14:32:52 +0000`, `11-Oct-2023 14:32:52.123`, `Wed, 11 Oct 2023 14:32:52 GMT`, `11 Oct 14:32:52.123`. */
const DAY_FIRST = pattern(
  String.raw`${WEEKDAY}(?<day>\d{1,2})[-/ ]${NAME}(?:[-/ ,] ?(?<year>\d{4}))?(?:::|[T: ]|, ?)${TIME}${OFFSET}${ZONE}`,
);
/** `Wed Oct 11 14:32:52 2023`, `Oct 11, 2023 2:32:52 PM`, `Oct  1 14:32:52`, `Oct 11 14:32:52 CEST 2023`. */
const MONTH_FIRST = pattern(
  String.raw`${WEEKDAY}${NAME} +(?<day>\d{1,2}),? (?:(?<year>\d{4}),? )?${TIME}${OFFSET}${ZONE}(?: (?<yearAfter>\d{4})(?![\w.-]|:\d))?`,
);
/** `20240506 07:08:09.123`, `20240506T070809Z`, `20240506-07:08:09`. */
const COMPACT = pattern(
  String.raw`(?<year>[12]\d{3})(?<month>[01]\d)(?<day>[0-3]\d)(?:[ T-]${TIME}|[ T-]?(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?![\d])${FRACTION})${OFFSET}${ZONE}`,
);
/** Seconds from 2001 to 2033, with a fraction, as zap writes it (`1.7149792891e+09`), or milliseconds, microseconds, nanoseconds. */
const EPOCH = pattern(String.raw`(?<epoch>1\.\d{1,20}e\+09|1\d{9}(?:\d{3}|\d{6}|\d{9}|[.,]\d{1,9})?)(?=[\s\]|:,]|$)`);
const ALONE = pattern(`${TIME}${OFFSET}`);

/** No time with its brackets and its zone is longer, so no pattern looks further. */
const HEAD = 100;
const BY_DIGIT = [YEAR_FIRST, DAY_FIRST, YEAR_LAST, EPOCH, COMPACT];
const BY_LETTER = [MONTH_FIRST, DAY_FIRST];

/** Every format of dated lines asks for the same line, one after the other: the last answer is kept. */
let last: { line: string; clock: Clock; time: LineTime | undefined } | undefined;

/** Undefined if the line begins with no time, or if there is no such date. */
export function timeOfLine(line: string, clock: Clock): LineTime | undefined {
  if (last?.line !== line || last.clock !== clock) last = { line, clock, time: readTime(line, clock) };
  return last.time;
}

function readTime(line: string, clock: Clock): LineTime | undefined {
  const first = line.charCodeAt(line.charCodeAt(0) === OPENING_BRACKET ? 1 : 0);
  const patterns = isDigit(first) ? BY_DIGIT : isCapital(first) ? BY_LETTER : [];
  if (patterns.length === 0) return undefined;
  const head = line.slice(0, HEAD);
  for (const pattern of patterns) {
    const groups = groupsAt(pattern, head);
    if (groups) return found(line, groups, timestampOf(groups, clock), pattern.lastIndex, false);
  }
  if (!isDigit(first)) return undefined;
  const groups = groupsAt(ALONE, head);
  return groups && found(line, groups, timestampOf(groups, clock), ALONE.lastIndex, true);
}

type Groups = Record<string, string | undefined>;

function groupsAt(pattern: RegExp, head: string): Groups | undefined {
  pattern.lastIndex = 0;
  return pattern.exec(head)?.groups;
}

function found(line: string, groups: Groups, timestamp: Timestamp | undefined, end: number, isAlone: boolean) {
  if (timestamp === undefined) return undefined;
  const { zoneName } = groups;
  // A word after the time may be the first of the message.
  const isZone = zoneName === undefined || isZoneName(zoneName.trim()) || groups.yearAfter !== undefined;
  return { timestamp, rest: line.slice(isZone ? end : end - zoneName.length), isAlone };
}

function timestampOf(groups: Groups, clock: Clock): Timestamp | undefined {
  if (groups.epoch !== undefined) return timestampFromEpoch(epochDigits(groups.epoch));
  const reading = readingOf(groups);
  return reading && clock.read(reading);
}

const epochDigits = (epoch: string): string =>
  epoch.includes('e') ? Number(epoch).toFixed(6) : epoch.replace(',', '.');

function readingOf(groups: Groups): Reading | undefined {
  const { half, zoneName, year, yearAfter, fraction, zone } = groups;
  const [month, day] = groups.one === undefined ? [groups.month, groups.day] : monthAndDay(groups);
  if (groups.one !== undefined && month === undefined) return undefined;
  return {
    year: year ?? yearAfter,
    month,
    day,
    hour: hourOf(groups.hour!, half),
    minute: groups.minute!,
    second: groups.second!,
    fraction,
    offset: offsetOf(groups.offset) ?? (zoneName === undefined ? undefined : offsetOfZone(zoneName.trim())),
    zone,
  };
}

/** A date like `10/11/2023` is read only where its order is sure: by AM and PM, by dots, or by a number above 12. */
function monthAndDay({ one, two, separator, half }: Groups): [string, string] | [] {
  if (separator === '.' || Number(one) > 12) return [two!, one!];
  return half !== undefined || Number(two) > 12 ? [one!, two!] : [];
}

const hourOf = (hour: string, half: string | undefined): string =>
  half === undefined ? hour : String((Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0));

const offsetOf = (offset: string | undefined): string | undefined => (offset?.length === 3 ? `${offset}:00` : offset);

const OPENING_BRACKET = 91;
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isCapital = (code: number): boolean => code >= 65 && code <= 90;
