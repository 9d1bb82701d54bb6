import type { Position } from '../../log/cursor.ts';
import type { Sql } from '../connection/client.ts';

/** `place`: which of the positions, from 0. */
type Placed<Row> = Row & { place: number };

/**
 * What is stored at these positions, in no order; by the primary key: the `limit` keeps the
 * planner from joining whole partitions that are not analyzed yet. `columns` is a select list.
 */
export async function readAt<Row>(sql: Sql, columns: string, positions: readonly Position[]): Promise<Placed<Row>[]> {
  if (positions.length === 0) return [];
  const times = positions.map(({ timestamp }) => timestamp);
  const uids = positions.map(({ uid }) => uid);
  const sorted = times.toSorted();
  const rows = await sql<object[]>`
    select wanted.place::integer - 1 as place, found.*
    from unnest(${times}::timestamptz[], ${uids}::uuid[]) with ordinality as wanted (at_ts, at_uid, place)
    cross join lateral (
      select ${sql.unsafe(columns)} from system_logs
      where ts = wanted.at_ts and uid = wanted.at_uid
        and ts >= ${sorted[0]!}::timestamptz and ts <= ${sorted.at(-1)!}::timestamptz
      limit 1
    ) found`;
  return rows as unknown as Placed<Row>[];
}
