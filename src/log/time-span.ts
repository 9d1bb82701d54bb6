import { END_OF_TIME, earlier, justAfter, later, type Timestamp } from './time.ts';

/** The time from `from`, inclusive, to `to`, exclusive. */
export interface TimeSpan {
  from: Timestamp;
  to: Timestamp;
}

/** A time span that may have no beginning: `from` is then null. */
export interface TimeWindow {
  from: Timestamp | null;
  to: Timestamp;
}

/** The time of all stored records, including those whose clock is ahead of the server's clock. */
export const ALL_TIME: TimeWindow = { from: null, to: END_OF_TIME };

/** The time that both have; null where they have none. */
export function overlapOf(one: TimeSpan, other: TimeSpan): TimeSpan | null {
  const [from, to] = [later(one.from, other.from), earlier(one.to, other.to)];
  return from < to ? { from, to } : null;
}

/** From the first of these instants to just after the last. At least one is given, in any order. */
export function spanOf(timestamps: readonly Timestamp[]): TimeSpan {
  let [from, last] = [timestamps[0]!, timestamps[0]!];
  for (const timestamp of timestamps) {
    from = earlier(from, timestamp);
    last = later(last, timestamp);
  }
  return { from, to: justAfter(last) };
}

/** The part of the window up to this instant, inclusive. Without an instant, the whole window. */
export function upTo(window: TimeWindow, timestamp: Timestamp | undefined): TimeWindow {
  const end = timestamp && justAfter(timestamp);
  return end && end < window.to ? { ...window, to: end } : window;
}
