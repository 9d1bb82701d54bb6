import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** A place that records lie beyond; with `inclusive`, at or beyond. */
interface Edge extends Position {
  inclusive?: boolean;
}

/** The first `limit` records of a window in time order, from one end. */
export interface Walk {
  filter: Filter;
  window: TimeWindow;
  newestFirst: boolean;
  /** Only records later than this. */
  above: Edge | null;
  /** Only records earlier than this. */
  below: Edge | null;
  limit: number;
}

export const inOrder = (sql: Sql, { newestFirst }: Walk): Fragment =>
  newestFirst ? sql`ts desc, uid desc` : sql`ts, uid`;

/** The row comparison alone does not prune partitions: `ts` is bounded beside it. */
export function beyond(sql: Sql, { above, below }: Walk): Fragment {
  const place = ({ timestamp, uid }: Edge) => sql`(${timestamp}::timestamptz, ${uid}::uuid)`;
  const later = above && sql`and (ts, uid) ${above.inclusive ? sql`>=` : sql`>`} ${place(above)}`;
  const earlier = below && sql`and (ts, uid) ${below.inclusive ? sql`<=` : sql`<`} ${place(below)}`;
  return sql`${later ?? sql``} ${earlier ?? sql``}`;
}
