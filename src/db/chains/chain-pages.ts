import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { findLogs, type Page } from '../read/logs.ts';
import { byId, type ChainKey, KEY_COLUMN, readAllTime } from './chain-records.ts';

interface ChainPageRequest {
  filter: Filter;
  limit: number;
  /** Returns the last `limit` records instead of the first, in the same order. */
  backward: boolean;
}

/** The first page of each chain's records, oldest first: three statements for any number of chains. */
export async function chainPages(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  { filter, limit, backward }: ChainPageRequest,
): Promise<Page[]> {
  const bounds = await readAllTime(sql);
  const order = backward ? sql`ts desc, uid desc` : sql`ts, uid`;
  const positions = bounds
    ? await sql<(Position & { id: string })[]>`
        with ${matches(sql, key, ids, filter, bounds)}, placed as (
          select id, ts, uid, row_number() over (partition by id order by ${order}) as place from matches
        )
        select id, ts as "timestamp", uid from placed where place <= ${limit + 1} order by id, place`
    : [];
  const records = await findLogs(sql, positions, null);
  const found = byId(positions.map(({ id }, index) => ({ id, record: records[index]! })));
  return ids.map((id) => {
    const chain = (found.get(id) ?? []).map(({ record }) => record);
    const more = chain.length > limit;
    const page = chain.slice(0, limit);
    return {
      records: (backward ? page.reverse() : page).filter((record) => record !== null),
      hasNextPage: more && !backward,
      hasPreviousPage: more && backward,
    };
  });
}

/** How many records of each chain match. */
export async function chainCounts(sql: Sql, key: ChainKey, ids: readonly string[], filter: Filter): Promise<number[]> {
  const bounds = await readAllTime(sql);
  if (!bounds) return ids.map(() => 0);
  const rows = await sql<{ id: string; count: number }[]>`
    with ${matches(sql, key, ids, filter, bounds)} select id, count(*) as count from matches group by id`;
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return ids.map((id) => counts.get(id) ?? 0);
}

/** Materialized, so that the planner uses the index of ids and sorts afterwards. */
const matches = (sql: Sql, key: ChainKey, ids: readonly string[], filter: Filter, bounds: TimeSpan): Fragment => sql`
  matches as materialized (
    select ${sql.unsafe(KEY_COLUMN[key])} as id, ts, uid from system_logs
    where ${sql.unsafe(KEY_COLUMN[key])} = any(${ids as string[]}::text[]) and ${within(sql, bounds)}
      and ${filterSql(sql, filter, bounds)}
  )`;
