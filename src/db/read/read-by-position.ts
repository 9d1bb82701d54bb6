import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { justAfter } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

/** `index`: of the row's position in the request. */
type Indexed<Row> = Row & { index: number };

/**
 * The rows of a table at these positions, unordered. `columns` is a select list. Uses the primary key: `limit 1` keeps the
 * planner from joining whole partitions that are not analyzed yet. `scope`: only records in it, of `system_logs`.
 */
export async function readAt<Row>(
  sql: Sql,
  table: 'system_logs' | 'llm_logs' | 'llm_contents',
  columns: string,
  positions: readonly Position[],
  scope: Filter | null = null,
): Promise<Indexed<Row>[]> {
  if (positions.length === 0) return [];
  const times = positions.map(({ timestamp }) => timestamp);
  const uids = positions.map(({ uid }) => uid);
  const sorted = times.toSorted();
  const span = { from: sorted[0]!, to: justAfter(sorted.at(-1)!) };
  const rows = await sql<object[]>`
    select wanted.index::integer - 1 as index, found.*
    from unnest(${times}::timestamptz[], ${uids}::uuid[]) with ordinality as wanted (at_ts, at_uid, index)
    cross join lateral (
      select ${sql.unsafe(columns)} from ${sql(table)}
      where ts = wanted.at_ts and uid = wanted.at_uid
        and ${within(sql, span)} ${andFilter(sql, scope, span)}
      limit 1
    ) found`;
  return rows as unknown as Indexed<Row>[];
}
