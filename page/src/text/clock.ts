import { type ZoneOffset, zoneOffset } from '../../../src/log/time-zone.ts';

/**
 * Instants and what the clocks of a time zone show at them. Both are milliseconds: an instant since 1970 in UTC, a `local` time as if
 * the clocks were those of UTC.
 */
export const DAY = 86_400_000;
const UTC: ZoneOffset = () => 0;

/** The clocks of a zone of a name that this browser may not know: then UTC. */
export const clocksOf = (timeZone: string): ZoneOffset => zoneOffset(timeZone) ?? UTC;

export const localOf = (at: number, offset: ZoneOffset): number => at + offset(at);

/** The first instant at which the clocks show `local`. If they skip it, as long after the change as it is after its start. */
export function instantOf(local: number, offset: ZoneOffset): number {
  const [before, after] = [offset(local - DAY), offset(local + DAY)];
  const found = [local - before, local - after].filter((at) => localOf(at, offset) === local);
  return found.length === 0 ? local - before : Math.min(...found);
}

/** The start of the day, by the clocks, that is `days` after that of an instant. */
export function startOfDay(at: number, offset: ZoneOffset, days = 0): number {
  return instantOf((Math.floor(localOf(at, offset) / DAY) + days) * DAY, offset);
}

/** RFC 3339, as short as it goes: `2026-11-21T20:06:40Z`. */
export const rfc3339 = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
