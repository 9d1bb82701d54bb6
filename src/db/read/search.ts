import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

import { beyond, inOrder, type Walk } from './walk-sql.ts';

/** Matches that are read whole and sorted. */
const FEW_MAX = 2000;
/** Where more match, so many records from the end are looked at for a page of them before all matches are sorted. */
const NEAR_ROWS = 10_000;

/**
 * Few matches are sorted. Many fill the page soon along the primary key, if they are spread; those of one busy hour are
 * not, and are sorted as well. No statement lets the planner choose: it takes every word to be spread.
 */
export async function readBySearch<Row>(sql: Sql, columns: string, walk: Walk, stretch: TimeSpan): Promise<Row[]> {
  const few = await readFew<Row>(sql, columns, walk, stretch);
  if (few) return few;
  const near = await readNear<Row>(sql, columns, walk, stretch);
  return near.length >= walk.limit ? near : readSorted<Row>(sql, columns, walk, stretch);
}

/** The matches among the first `NEAR_ROWS` records from the end. */
async function readNear<Row>(sql: Sql, columns: string, walk: Walk, stretch: TimeSpan): Promise<Row[]> {
  const rows = await sql<object[]>`
    with near as (
      select * from system_logs where ${within(sql, stretch)} ${beyond(sql, walk)}
      order by ${inOrder(sql, walk)} limit ${NEAR_ROWS}
    )
    select ${sql.unsafe(columns)} from near where ${filterSql(sql, walk.filter)}
    order by ${inOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}

/** All matches, sorted; what they hold is read only of those on the page. */
async function readSorted<Row>(sql: Sql, columns: string, walk: Walk, stretch: TimeSpan): Promise<Row[]> {
  const rows = await sql<object[]>`
    with matches as materialized (
      select ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, stretch)} ${beyond(sql, walk)} and ${filterSql(sql, walk.filter)}
    ), page as (
      select * from matches order by ${placesInOrder(sql, walk)} limit ${walk.limit}
    )
    select found.* from page cross join lateral (
      select ${sql.unsafe(columns)} from system_logs where ${within(sql, stretch)} and ts = at_ts and uid = at_uid limit 1
    ) found
    order by ${placesInOrder(sql, walk)}`;
  return rows as unknown as Row[];
}

/**
 * By whatever index the filter has, then sorted: without an order the planner is not tempted to walk the primary key.
 * Undefined where more than `FEW_MAX` match. One statement, so one snapshot.
 */
export async function readFew<Row>(
  sql: Sql,
  columns: string,
  walk: Walk,
  stretch: TimeSpan,
): Promise<Row[] | undefined> {
  const rows = await sql<{ isMany: boolean; at_ts: Timestamp | null; at_uid: string | null }[]>`
    with matches as materialized (
      select ${sql.unsafe(columns)}, ts as at_ts, uid as at_uid from system_logs
      where ${within(sql, stretch)} ${beyond(sql, walk)} and ${filterSql(sql, walk.filter)} limit ${FEW_MAX + 1}
    ), counted as (select count(*) > ${FEW_MAX} as "isMany" from matches)
    select * from counted left join matches on not "isMany"
    order by ${placesInOrder(sql, walk)} limit ${walk.limit}`;
  if (rows[0]!.isMany) return undefined;
  return rows
    .filter(({ at_uid }) => at_uid !== null)
    .map(({ isMany: _, at_ts: __, at_uid: ___, ...row }) => row as Row);
}

const placesInOrder = (sql: Sql, { newestFirst }: Walk): Fragment =>
  newestFirst ? sql`at_ts desc, at_uid desc` : sql`at_ts, at_uid`;
