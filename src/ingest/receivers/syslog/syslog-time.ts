import type { Timestamp } from '../../../log/time.ts';
import type { Clock } from '../../../log-file/inner-line.ts';

const CLOCK = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?`;
/** Cisco writes `*` before the time of a clock that was not set, and `.` before one that may be wrong. */
const DOUBT = '[*.]?';
const DATE = [
  // `Oct 11 22:14:15`, also with a year before or behind the day, or behind the time.
  String.raw`(?:(?<year0>\d{4}) )?(?<month>[A-Z][a-z]{2}) {1,2}(?<day>\d{1,2}) (?:(?<year1>\d{4}) )?${CLOCK}(?: (?<year2>\d{4})(?=[ :]))?`,
  // The ISO time of rsyslog and syslog-ng.
  String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ]${CLOCK}`,
];
/** An offset, or Cisco's name of a zone, of which only that of UTC is known. */
const ZONE = String.raw`(?: ?(?<offset>Z|[+-]\d{2}:?\d{2})| (?<zone>UTC|GMT|[A-Z]{1,3}[SD]?T)(?=: ))?`;
const TIMES = DATE.map((date) => new RegExp(`^${DOUBT}${date}${ZONE}(?::(?= |$))?(?: +|$)`));
const UTC = /^(UTC|GMT)$/;

/** The time at the beginning of a message, and where the text behind it begins. */
export interface FoundTime {
  timestamp: Timestamp;
  end: number;
}

export function findTime(text: string, clock: Clock): FoundTime | undefined {
  for (const pattern of TIMES) {
    const found = pattern.exec(text);
    if (!found) continue;
    const { year, year0, year1, year2, zone, offset, ...reading } = found.groups as Record<string, string>;
    const timestamp = clock.read({
      ...(reading as { month: string; day: string; hour: string; minute: string; second: string }),
      year: year ?? year0 ?? year1 ?? year2,
      offset: zone && UTC.test(zone) ? 'Z' : offset,
    });
    if (timestamp !== undefined) return { timestamp, end: found[0].length };
  }
  return undefined;
}
