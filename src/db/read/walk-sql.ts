import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { END_OF_TIME, justAfter, type Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import type { Bounds } from '../partitions/partitions.ts';

/** [from, to); a null `from` is no bound. */
export interface Window {
  from: Timestamp | null;
  to: Timestamp;
}

/** All there is, also the records whose clock is ahead. */
export const ALL_TIME: Window = { from: null, to: END_OF_TIME };

/** The window as far as an instant, which is still in it; undefined: all of it. */
export function upTo(window: Window, timestamp: Timestamp | undefined): Window {
  const end = timestamp && justAfter(timestamp);
  return end && end < window.to ? { ...window, to: end } : window;
}

/** A place that records lie beyond; with `inclusive`, at or beyond. */
interface Edge extends Position {
  inclusive?: boolean;
}

/** The first `limit` records of a window in time order, from one end. */
export interface Walk {
  filter: Filter;
  window: Window;
  newestFirst: boolean;
  /** Only records later than this. */
  above: Edge | null;
  /** Only records earlier than this. */
  below: Edge | null;
  limit: number;
}

export const within = (sql: Sql, { from, to }: Bounds): Fragment =>
  sql`ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;

export const inOrder = (sql: Sql, { newestFirst }: Walk): Fragment =>
  newestFirst ? sql`ts desc, uid desc` : sql`ts, uid`;

/** The row comparison alone does not prune partitions: `ts` is bounded beside it. */
export function beyond(sql: Sql, { above, below }: Walk): Fragment {
  const place = ({ timestamp, uid }: Edge) => sql`(${timestamp}::timestamptz, ${uid}::uuid)`;
  const later = above && sql`and (ts, uid) ${above.inclusive ? sql`>=` : sql`>`} ${place(above)}`;
  const earlier = below && sql`and (ts, uid) ${below.inclusive ? sql`<=` : sql`<`} ${place(below)}`;
  return sql`${later ?? sql``} ${earlier ?? sql``}`;
}
