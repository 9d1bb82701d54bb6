import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { type TimeSpan, type TimeWindow, upTo } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';

/** A bound of a walk. With `inclusive`, a record at this position is part of the walk. */
interface Edge extends Position {
  inclusive?: boolean;
}

/** Reads the first `limit` matching records of a window, from its newest or its oldest end. */
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

/** The walk's window, cut at its edges. */
export function windowOf({ window, above, below }: Walk): TimeWindow {
  const from = above && (window.from === null || above.timestamp > window.from) ? above.timestamp : window.from;
  return { ...upTo(window, below?.timestamp), from };
}

/** What follows `order by`. */
export const walkOrder = (sql: Sql, { newestFirst }: Walk): Fragment =>
  newestFirst ? sql`ts desc, uid desc` : sql`ts, uid`;

/** The same order, of positions whose columns are named `at_ts` and `at_uid`. */
export const matchOrder = (sql: Sql, { newestFirst }: Walk): Fragment =>
  newestFirst ? sql`at_ts desc, at_uid desc` : sql`at_ts, at_uid`;

/** The conditions for `above` and `below`. They do not prune partitions: put `within` beside them. */
export function withinEdges(sql: Sql, { above, below }: Walk): Fragment {
  const positionSql = ({ timestamp, uid }: Edge) => sql`(${timestamp}::timestamptz, ${uid}::uuid)`;
  const later = above && sql`and (ts, uid) ${above.inclusive ? sql`>=` : sql`>`} ${positionSql(above)}`;
  const earlier = below && sql`and (ts, uid) ${below.inclusive ? sql`<=` : sql`<`} ${positionSql(below)}`;
  return sql`${later ?? sql``} ${earlier ?? sql``}`;
}

/** The span from the first to the last of adjacent spans, sorted either way. */
export const joined = (spans: readonly TimeSpan[]): TimeSpan => {
  const [one, other] = [spans[0]!, spans.at(-1)!];
  return one.from < other.from ? { from: one.from, to: other.to } : { from: other.from, to: one.to };
};
