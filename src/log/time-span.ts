import { END_OF_TIME, justAfter, type Timestamp } from './time.ts';

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

/** The part of the window up to this instant, inclusive. Without an instant, the whole window. */
export function upTo(window: TimeWindow, timestamp: Timestamp | undefined): TimeWindow {
  const end = timestamp && justAfter(timestamp);
  return end && end < window.to ? { ...window, to: end } : window;
}
