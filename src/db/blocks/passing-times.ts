import { justAfter, millisOf, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { type BlockTest, blockTestSql } from '../filter/block-test.ts';
import { groupTestSql } from '../filter/group-test.ts';

/** A time, inclusive at both ends. */
export interface BlockTime {
  from: Timestamp;
  to: Timestamp;
}

/** `hasGap`: it holds a gap, of records that are in no block. */
export interface PassingTime extends BlockTime {
  hasGap: boolean;
}

export interface PassingTimes {
  /** Disjoint, in the order of the walk. No record of the span outside of them matches, up to `rest`. */
  times: readonly PassingTime[];
  /** The part of the span that comes after these times, where there are more of them. */
  rest: TimeSpan | null;
}

/** Blocks of which one row of `log_block_times` holds the times. */
export const TIMES_OF_ROW = 64;
/** Separate times that one statement returns for a page. */
const TIMES_AT_ONCE = 5000;

/** The times of a span that may hold matching records. Uses the index by end: a block ends in the hour in which it begins. */
export async function passingTimes(
  sql: Sql,
  test: BlockTest,
  { from, to }: TimeSpan,
  newestFirst: boolean,
  timesMax = TIMES_AT_ONCE,
): Promise<PassingTimes> {
  const some = sql.unsafe(String(TIMES_OF_ROW));
  const found = await sql<PassingTime[]>`
    with gaps as materialized (
      select range_agg(tstzrange(from_ts, to_ts, '[]')) as times from log_block_gaps
      where to_ts >= ${from}::timestamptz and from_ts < ${to}::timestamptz
    ), groups as materialized (
      select id, ${groupTestSql(sql, test)} as passing from log_block_groups
      where to_ts >= ${from}::timestamptz and from_ts < ${to}::timestamptz
    ), passing as (
      select range_agg(time) as times from (
        select tstzrange(from_ts, to_ts, '[]') as time from log_blocks
        where to_ts >= ${from}::timestamptz and from_ts < ${to}::timestamptz
          and to_ts < date_bin('1 hour', ${to}::timestamptz, 'epoch') + interval '1 hour' and ${blockTestSql(sql, test)}
        union all
        select tstzrange(block.from_ts, block.to_ts, '[]')
        from groups join log_block_times on group_id = id and bit_count(substring(passing from place + 1 for ${some})) > 0
        cross join unnest(from_times, to_times) with ordinality as block (from_ts, to_ts, number)
        where get_bit(passing, place + number::integer - 1) = 1
          and block.to_ts >= ${from}::timestamptz and block.from_ts < ${to}::timestamptz
        union all
        select unnest(times) from gaps
      ) as each_one
    )
    select lower(time) as "from", upper(time) as "to", coalesce(time && gaps.times, false) as "hasGap"
    from gaps, passing, unnest(passing.times) as time
    order by time ${newestFirst ? sql`desc` : sql``} limit ${timesMax + 1}`;
  const times = found.slice(0, timesMax);
  const next = found[timesMax];
  if (!next) return { times, rest: null };
  return { times, rest: newestFirst ? { from, to: justAfter(next.to) } : { from: next.from, to } };
}

/** An hour, but for its last second: the gap of a partition of one hour ends a microsecond before the next. */
const LONG_MS = 3_599_000;

/** Whether it holds a gap that an upgrade has left: of a whole partition. */
export const isLongGap = ({ from, to, hasGap }: PassingTime): boolean =>
  hasGap && millisOf(to) - millisOf(from) > LONG_MS;

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
