import { parseTimestamp, shift, type Timestamp, timestampFromEpoch } from './time.ts';
import { zoneOffset } from './time-zone.ts';
import { isZoneName, offsetOfZone } from './zone-names.ts';

/** A longer text is no time. */
const CHARACTERS_MAX = 80;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DAY = String.raw`(?<day>\d{1,2})`;
const MONTH = '(?<name>[A-Za-z]{3,9})';
const YEAR = String.raw`(?<year>\d{4})`;
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,:](?<fraction>\d{1,9}))?)?(?: ?(?<half>[AaPp])\.?[Mm]\.?)?`;
/** An offset, the name of a zone, or both: `+0200`, `GMT+0200 (CEST)`, `+0000 UTC m=+0.01`, `+02:00[Europe/Berlin]`. */
const ZONE =
  String.raw`(?: ?(?:GMT|UTC)?(?<offset>[+-]\d{2}(?::?\d{2})?)(?: (?:[A-Z]{2,5}|[+-]\d{2,4}))?| ?(?<zone>[A-Z]{1,5}))?` +
  String.raw`(?: m=[+-][\d.]+)?(?: ?[[(][^\])]*[\])])?`;
const WEEKDAY = '(?:[A-Z][a-z]{2,8},? +)?';

/** `2024-05-06 07:08:09 +0200`, `2024/05/06 7:08`, `20240506T070809Z`, `06/May/2024:07:08:09 +0000`, `Mon, 06 May 2024 07:08:09 GMT` ... */
const LAYOUTS = [
  String.raw`${YEAR}[-/.](?<month>\d{1,2})[-/.]${DAY}[T ,]+${CLOCK}${ZONE}`,
  String.raw`${YEAR}(?<month>\d{2})(?<day>\d{2})[T ]?(?<hour>\d{2}):?(?<minute>\d{2}):?(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?${ZONE}`,
  String.raw`${WEEKDAY}${DAY}[ /-]${MONTH}[ /-](?<year>\d{4}|\d{2})[ :,]+${CLOCK}${ZONE}`,
  // Of the C library (the zone, if any, before the year), of JavaScript, and with a comma before the year.
  String.raw`${WEEKDAY}${MONTH} +${DAY} ${CLOCK}(?: (?:(?<offset>[+-]\d{4})|(?<zone>[A-Z]{1,5})))? ${YEAR}`,
  `${WEEKDAY}${MONTH} +${DAY},? ${YEAR},?(?: @)? ${CLOCK}${ZONE}`,
  // With dots, the day stands first.
  String.raw`${DAY}\.(?<month>\d{1,2})\.${YEAR}[T ,]+${CLOCK}${ZONE}`,
  // With AM or PM, dates are American.
  String.raw`(?<month>\d{1,2})/${DAY}/${YEAR},? (?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d{1,9}))?)? ?(?<half>[AaPp])[Mm]${ZONE}`,
].map((layout) => new RegExp(`^\\[?${layout}\\]?$`));
/** Of .NET's serializers: `/Date(1714979289123+0200)/`. */
const DOT_NET = /^\/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\/$/;

/** Reads the ways in which programs write a date with a time. Without a zone, it is UTC. Undefined for other text. */
export function readTimeText(text: string): Timestamp | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  const utc = parseTimestamp(`${text}Z`);
  if (utc !== undefined) return utc;
  const ms = DOT_NET.exec(text)?.[1];
  if (ms !== undefined) return timestampFromEpoch(ms);
  for (const layout of LAYOUTS) {
    const found = layout.exec(text)?.groups;
    if (found) return timeOf(found);
  }
  return undefined;
}

/** A time of clocks in a zone: an IANA name, an abbreviation, or an offset. */
export function readZonedTime(text: string, zone: string): Timestamp | undefined {
  const local = readTimeText(text);
  if (local === undefined) return undefined;
  const offset = offsetOfZone(zone) === undefined ? zoneOffset(zone) : undefined;
  if (!offset) return readTimeText(`${text} ${zone}`);
  const ms = Date.parse(local);
  // The offset at the instant itself, which is found by the offset near it.
  return shift(local, -offset(ms - offset(ms)));
}

function timeOf(found: Record<string, string | undefined>): Timestamp | undefined {
  const { year, month, name, day, hour, minute, second = '00', fraction, offset, zone, half } = found;
  const monthDigits = month ?? String(MONTHS.indexOf(name!.slice(0, 3).toLowerCase()) + 1);
  const fullYear = year!.length === 2 ? `20${year}` : year;
  const date = `${fullYear}-${two(monthDigits)}-${two(day!)}`;
  const clock = `${two(hourOf(hour!, half))}:${minute}:${second}${fraction ? `.${fraction}` : ''}`;
  if (offset !== undefined) return parseTimestamp(`${date}T${clock}${offset.length === 3 ? `${offset}:00` : offset}`);
  if (zone !== undefined && !isZoneName(zone)) return undefined;
  return parseTimestamp(`${date}T${clock}${(zone && offsetOfZone(zone)) ?? 'Z'}`);
}

const two = (digits: string): string => digits.padStart(2, '0');

/** @param half `a` or `p` of a clock with twelve hours */
function hourOf(hour: string, half: string | undefined): string {
  if (half === undefined) return hour;
  return String((Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0));
}
