import type { Filter } from '../../log/filter/filter.ts';
import { justAfter, millisOf, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { blockTestOf, blockTestSql } from '../filter/block-test.ts';

/** A time, inclusive at both ends. */
export interface BlockTime {
  from: Timestamp;
  to: Timestamp;
}

/** No block is longer. */
const HOUR_MS = 3_600_000;

/** Whether it is a gap that an upgrade has left: not the time of a few blocks. */
export const isLong = ({ from, to }: BlockTime): boolean => millisOf(to) - millisOf(from) > HOUR_MS;

/** With more separate times than this, a filter lets too much through to be of use. */
const TIMES_MAX = 5000;

/**
 * The times of a span that may hold matching records, disjoint, oldest first: no record outside of them matches. Null when
 * blocks are of no use to this filter. Uses the index by end: a block ends in the hour in which it begins.
 */
export async function passingTimes(sql: Sql, filter: Filter, { from, to }: TimeSpan): Promise<BlockTime[] | null> {
  const test = blockTestOf(filter);
  if (test === null) return null;
  const times = await sql<BlockTime[]>`
    select lower(time) as "from", upper(time) as "to" from unnest((
      select range_agg(tstzrange(from_ts, to_ts, '[]')) from (
        select from_ts, to_ts from log_blocks
        where to_ts >= ${from}::timestamptz and from_ts < ${to}::timestamptz
          and to_ts < date_bin('1 hour', ${to}::timestamptz, 'epoch') + interval '1 hour' and ${blockTestSql(sql, test)}
        union all
        select from_ts, to_ts from log_block_gaps
        where to_ts >= ${from}::timestamptz and from_ts < ${to}::timestamptz
      ) as passing
    )) as time order by time limit ${TIMES_MAX + 1}`;
  return times.length > TIMES_MAX ? null : times;
}

/** The part of the span from the earliest to the latest of some times, which are sorted either way. */
export function cutTo(span: TimeSpan, times: readonly BlockTime[]): TimeSpan {
  const [one, other] = [times[0]!, times.at(-1)!];
  const [from, end] = one.from < other.from ? [one.from, other.to] : [other.from, one.to];
  const to = justAfter(end);
  return { from: from > span.from ? from : span.from, to: to < span.to ? to : span.to };
}

/** The times as rows of `first` and `last`, for `from`. */
export const timeRows = (sql: Sql, times: readonly BlockTime[]): Fragment => sql`
  unnest(${times.map(({ from }) => from)}::timestamptz[], ${times.map(({ to }) => to)}::timestamptz[]) as time (first, last)`;
