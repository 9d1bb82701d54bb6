import type { Position } from '../../log/cursor.ts';
import { allOf, type Filter, fieldIs } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { isAmong, isEqual } from '../filter/id-sql.ts';
import { within } from '../filter/time-sql.ts';
import { findLogs, type Page, readPage } from '../read/logs.ts';
import { byId, type ChainKey, KEY_COLUMN, readAllTime } from './chain-records.ts';

interface ChainPageRequest {
  filter: Filter;
  limit: number;
  /** Returns the last `limit` records instead of the first, in the same order. */
  backward: boolean;
}

/** A chain of more matches than this is not sorted whole. */
const SORTED_MAX = 2000;

/** The first page of each chain's records, oldest first: three statements for any number of chains, and some for each long one. */
export async function chainPages(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  request: ChainPageRequest,
): Promise<Page[]> {
  const bounds = await readAllTime(sql);
  const positions = bounds ? await firstPositions(sql, key, ids, request, bounds) : [];
  const ofShort = positions.filter(({ isLong }) => !isLong);
  const records = await findLogs(sql, ofShort, null);
  const pages = new Map<string, Page>();
  for (const [id, chain] of byId(ofShort.map(({ id }, index) => ({ id, record: records[index] ?? null })))) {
    const found = chain.map(({ record }) => record);
    pages.set(id, pageOf(found, request));
  }
  const long = new Set(positions.filter(({ isLong }) => isLong).map(({ id }) => id));
  for (const id of long) pages.set(id, await longPage(sql, key, id, request));
  return ids.map((id) => pages.get(id) ?? pageOf([], request));
}

const longPage = (sql: Sql, key: ChainKey, id: string, request: ChainPageRequest): Promise<Page> =>
  readPage(sql, {
    ...request,
    filter: allOf(fieldIs(key, id), request.filter),
    window: ALL_TIME,
    order: 'OLDEST_FIRST',
    after: null,
    before: null,
  });

/** @param chain its first records, one more than the page if there are more; null for a record that is gone meanwhile */
function pageOf(chain: readonly (LogRecord | null)[], { limit, backward }: ChainPageRequest): Page {
  const more = chain.length > limit;
  const page = chain.slice(0, limit);
  return {
    records: (backward ? page.reverse() : page).filter((record) => record !== null),
    hasNextPage: more && !backward,
    hasPreviousPage: more && backward,
  };
}

/** The positions of each chain's first records. Each chain is read by its index, up to `SORTED_MAX`, so those of a long one mean nothing. */
function firstPositions(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  { filter, limit, backward }: ChainPageRequest,
  bounds: TimeSpan,
): Promise<(Position & { id: string; isLong: boolean })[]> {
  const order = backward ? sql`ts desc, uid desc` : sql`ts, uid`;
  return sql`
    with matches as materialized (
      select id, ts, uid from unnest(${ids as string[]}::text[]) as id cross join lateral (
        select ts, uid from system_logs
        where ${isEqual(sql, KEY_COLUMN[key], 'id')} and ${within(sql, bounds)} and ${filterSql(sql, filter, bounds)}
        limit ${SORTED_MAX + 1}
      ) as found
    ), placed as (
      select id, ts, uid, row_number() over (partition by id order by ${order}) as place,
        count(*) over (partition by id) > ${SORTED_MAX} as is_long
      from matches
    )
    select id, ts as "timestamp", uid, is_long as "isLong" from placed where place <= ${limit + 1} order by id, place`;
}

/** How many records of each chain match. Materialized, so that the planner uses the index of ids. */
export async function chainCounts(sql: Sql, key: ChainKey, ids: readonly string[], filter: Filter): Promise<number[]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => 0);
  const rows = await sql<{ id: string; count: number }[]>`
    with matches as materialized (
      select ${sql.unsafe(KEY_COLUMN[key])} as id from system_logs
      where ${isAmong(sql, KEY_COLUMN[key], ids)} and ${within(sql, bounds)} and ${filterSql(sql, filter, bounds)}
    )
    select id, count(*) as count from matches group by id`;
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return ids.map((id) => counts.get(id) ?? 0);
}
