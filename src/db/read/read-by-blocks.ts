import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import {
  type BlockTime,
  cutTo,
  isLongGap,
  type PassingTime,
  type PassingTimes,
  passingTimes,
  timeRows,
} from '../blocks/passing-times.ts';
import type { Sql } from '../connection/client.ts';
import type { BlockTest } from '../filter/block-test.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readBySearch } from './search.ts';
import { joined, matchOrder, type Walk, walkOrder, withinEdges } from './walk-sql.ts';

/** Times that the first statement reads: a common text needs few. */
const FIRST_TIMES = 4;
/** Times that the next statement reads at most, for each of the one before. */
const GROWTH = 4;
const TIMES_READ_MAX = 256;

/**
 * Reads a page of matches in the times of blocks that may hold some. `test`: of the walk's filter. `spans`: of partitions, in the
 * order of the walk.
 * @returns undefined when several partitions together have too many such times: read one partition at a time then
 */
export async function readByBlocks<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  spans: readonly TimeSpan[],
  test: BlockTest,
): Promise<Row[] | undefined> {
  const rows: Row[] = [];
  for (let left: TimeSpan | null = joined(spans); left !== null && rows.length < walk.limit; ) {
    const { times, rest }: PassingTimes = await passingTimes(sql, test, left, walk.newestFirst);
    if (rest !== null && spans.length > 1) return undefined;
    for (const span of spans.length > 1 ? spans : [left]) {
      const step = { ...walk, limit: walk.limit - rows.length };
      const ofSpan = times.filter(({ from, to }) => to >= span.from && from < span.to);
      rows.push(...(await readSpan<Row>(sql, columns, step, span, ofSpan)));
      if (rows.length >= walk.limit) return rows;
    }
    left = times.some(isLongGap) ? null : rest;
  }
  return rows;
}

/**
 * A partition with a gap that is longer than a block was stored by an older server, which may have made an index for texts: all
 * of the span is read by it.
 */
const readSpan = <Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  span: TimeSpan,
  times: readonly PassingTime[],
): Promise<Row[]> =>
  times.some(isLongGap) ? readBySearch(sql, columns, walk, span) : readTimes(sql, columns, walk, span, times);

/** The first times of the walk, then the next ones, until the page is full. */
async function readTimes<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  span: TimeSpan,
  times: readonly BlockTime[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let [read, next] = [0, FIRST_TIMES]; read < times.length && rows.length < walk.limit; ) {
    const step = { ...walk, limit: walk.limit - rows.length };
    rows.push(...(await readSome<Row>(sql, columns, step, span, times.slice(read, read + next))));
    read += next;
    // As many as the page still needs, if the next ones hold as much as those before.
    const needed = Math.ceil(((walk.limit - rows.length) * read) / rows.length);
    next = Math.min(needed, GROWTH * next, TIMES_READ_MAX);
  }
  return rows;
}

/** Reads each time along the primary key. */
async function readSome<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  span: TimeSpan,
  times: readonly BlockTime[],
): Promise<Row[]> {
  const some = cutTo(span, times);
  const rows = await sql<{ at_ts: Timestamp; at_uid: string }[]>`
    select found.*
    from ${timeRows(sql, times)}
    cross join lateral (
      select ${sql.unsafe(columns)}, ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, some)} and ts >= first and ts <= last
        ${withinEdges(sql, walk)} and ${filterSql(sql, walk.filter, some)}
      order by ${walkOrder(sql, walk)} limit ${walk.limit}
    ) as found
    order by ${matchOrder(sql, walk)} limit ${walk.limit}`;
  return rows.map(({ at_ts: _, at_uid: __, ...row }) => row as Row);
}
