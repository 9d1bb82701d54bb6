import { END_OF_TIME, justAfter, type Timestamp } from './time.ts';

/** A stretch of time: `from` is in it, `to` is not. */
export interface TimeSpan {
  from: Timestamp;
  to: Timestamp;
}

/** A time span whose beginning may be open: a null `from` is no bound. */
export interface TimeWindow {
  from: Timestamp | null;
  to: Timestamp;
}

/** All stored records, including those whose clock is ahead of the server's. */
export const ALL_TIME: TimeWindow = { from: null, to: END_OF_TIME };

/** The window up to and including an instant; undefined: the whole window. */
export function upTo(window: TimeWindow, timestamp: Timestamp | undefined): TimeWindow {
  const end = timestamp && justAfter(timestamp);
  return end && end < window.to ? { ...window, to: end } : window;
}
