import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { matchOrder, type Walk, walkOrder, withinEdges } from './walk-sql.ts';

/** Up to this many matches are read whole and sorted. */
const FEW_MAX = 2000;
/** When more match, the first records of the walk, this many, are searched for a page before all matches are sorted. */
const NEAR_ROWS = 10_000;
/** The first records of a walk, for each one that a page holds: of what is common they fill the page. */
const NEAREST_ROWS = 10;
const NEAREST_ROWS_MAX = 2000;

/**
 * Reads a page of matches that an index may find. Three attempts:
 * 1. Few matches: read and sort them.
 * 2. Many matches, spread over time: the primary key finds a page soon.
 * 3. Many matches, all in one busy hour: sort them.
 * The planner never chooses between these: it assumes that every word is spread evenly.
 */
export async function readBySearch<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan): Promise<Row[]> {
  const few = await readFew<Row>(sql, columns, walk, span);
  if (few) return few;
  const near = await readNear<Row>(sql, columns, walk, span, NEAR_ROWS);
  return near.length >= walk.limit ? near : readSorted<Row>(sql, columns, walk, span);
}

/** A whole page of matches if the very first records of the walk hold one: what is common needs nothing else. */
export async function readNearest<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  span: TimeSpan,
): Promise<Row[] | undefined> {
  const near = await readNear<Row>(sql, columns, walk, span, Math.min(NEAREST_ROWS * walk.limit, NEAREST_ROWS_MAX));
  return near.length >= walk.limit ? near : undefined;
}

/** The matches among the first `count` records of the walk. */
async function readNear<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan, count: number): Promise<Row[]> {
  const rows = await sql<object[]>`
    with near as (
      select * from system_logs where ${within(sql, span)} ${withinEdges(sql, walk)}
      order by ${walkOrder(sql, walk)} limit ${count}
    )
    select ${sql.unsafe(columns)} from near where ${filterSql(sql, walk.filter, span)}
    order by ${walkOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}

/** Sorts the positions of all matches, then reads the columns of one page. */
async function readSorted<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan): Promise<Row[]> {
  const rows = await sql<object[]>`
    with matches as materialized (
      select ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, span)} ${withinEdges(sql, walk)} and ${filterSql(sql, walk.filter, span)}
    ), page as (
      select * from matches order by ${matchOrder(sql, walk)} limit ${walk.limit}
    )
    select found.* from page cross join lateral (
      select ${sql.unsafe(columns)} from system_logs where ${within(sql, span)} and ts = at_ts and uid = at_uid limit 1
    ) found
    order by ${matchOrder(sql, walk)}`;
  return rows as unknown as Row[];
}

/**
 * Reads the matches without an order, then sorts them: an `order by` could make the planner walk the primary key instead of
 * the index of the filter. Undefined when more than `FEW_MAX` match. One statement, so one snapshot.
 */
export async function readFew<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan): Promise<Row[] | undefined> {
  const rows = await sql<{ isMany: boolean; at_ts: Timestamp | null; at_uid: string | null }[]>`
    with matches as materialized (
      select ${sql.unsafe(columns)}, ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, span)} ${withinEdges(sql, walk)} and ${filterSql(sql, walk.filter, span)} limit ${FEW_MAX + 1}
    ), counted as (select count(*) > ${FEW_MAX} as "isMany" from matches)
    select * from counted left join matches on not "isMany"
    order by ${matchOrder(sql, walk)} limit ${walk.limit}`;
  if (rows[0]!.isMany) return undefined;
  return rows
    .filter(({ at_uid }) => at_uid !== null)
    .map(({ isMany: _, at_ts: __, at_uid: ___, ...row }) => row as Row);
}
