import { type Timestamp, timestampFromEpoch } from '../../../log/time.ts';
import { offsetOfZone } from '../../../log/zone-names.ts';
import type { Clock, Reading } from '../clock.ts';

/** For patterns: `%m`, `%t` or `%n`. */
export const POSTGRES_TIME = String.raw`(?:(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[ T](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:\.(?<fraction>\d{1,6}))?(?: ?(?<offset>[+-]\d\d(?::?\d\d)?)| (?<zone>[A-Z]{1,5}))?|(?<epoch>\d{10})\.(?<millis>\d{3}))`;
const WHOLE = new RegExp(`^${POSTGRES_TIME}$`);

export const readPostgresTime = (text: string, clock: Clock): Timestamp | undefined =>
  timeOfGroups(WHOLE.exec(text)?.groups, clock);

type Time = Reading & { zone?: string; epoch?: string; millis?: string };

/** A zone whose name is not known is that of the clock. */
export function timeOfGroups(groups: unknown, clock: Clock): Timestamp | undefined {
  if (groups === undefined) return undefined;
  const { zone, epoch, millis, offset, ...reading } = groups as Time;
  if (epoch !== undefined) return timestampFromEpoch(`${epoch}.${millis}`);
  const known = zone === undefined ? offset : offsetOfZone(zone);
  return clock.read({ ...reading, offset: known?.length === 3 ? `${known}:00` : known });
}
