import { millisOf, type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

export const MINUTE_MS = 60_000;
/** A minute is evaluated this long after it: what happened in it is then stored, as a rule. */
export const AFTER_MS = 10_000;
/** Minutes that no server evaluated in time and that are evaluated afterwards, at most: the newest. */
export const MISSED_MAX = 15;

/** The minutes from `next` to `last` that are evaluated, in order. */
export function minutesToEvaluate(next: Timestamp, last: Timestamp): Timestamp[] {
  const lastMs = millisOf(last);
  const firstMs = Math.max(millisOf(next), lastMs - (MISSED_MAX - 1) * MINUTE_MS);
  const count = Math.max(0, Math.floor((lastMs - firstMs) / MINUTE_MS) + 1);
  return Array.from({ length: count }, (_, place) => timestampFromMs(firstMs + place * MINUTE_MS));
}

/** The records that an alert looks at for a minute. */
export const windowBefore = (minute: Timestamp, windowMinutes: number): TimeSpan => ({
  from: timestampFromMs(millisOf(minute) - windowMinutes * MINUTE_MS),
  to: minute,
});
