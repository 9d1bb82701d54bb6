import type { Timestamp } from '../../log/time.ts';
import type { Clock, Reading } from '../formats/clock.ts';

/** For patterns: `2024-05-06T07:08:09.123456789Z`. */
export const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`;

/** @param text as `ISO` matches it */
export function readIso(text: string, clock: Clock): Timestamp | undefined {
  const zoneAt = text.endsWith('Z') ? text.length - 1 : text.length - 6;
  const reading: Reading = {
    year: text.slice(0, 4),
    month: text.slice(5, 7),
    day: text.slice(8, 10),
    hour: text.slice(11, 13),
    minute: text.slice(14, 16),
    second: text.slice(17, 19),
    fraction: text.slice(20, zoneAt),
    offset: text.slice(zoneAt),
  };
  return clock.read(reading);
}
