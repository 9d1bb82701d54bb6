import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { matchOrder, type Walk, walkOrder, windowOf, withinEdges } from './walk-sql.ts';

/**
 * Reads the first rows of a walk in files of the archive. It finds their positions, then reads their columns: DuckDB would read all
 * columns of every row that it compares.
 */
export async function readArchived<Row>(duck: Sql, columns: string, walk: Walk): Promise<Row[]> {
  const { from, to } = windowOf(walk);
  const span = { from: from ?? '-infinity', to };
  const rows = await duck<object[]>`
    with page as materialized (
      select ts as at_ts, uid as at_uid from system_logs
      where ${within(duck, span)} ${withinEdges(duck, walk)} and ${filterSql(duck, walk.filter, span)}
      order by ${walkOrder(duck, walk)} limit ${walk.limit}
    )
    select ${duck.unsafe(columns)} from system_logs join page on ts = at_ts and uid = at_uid
    where ${within(duck, span)} order by ${matchOrder(duck, walk)}`;
  return rows as unknown as Row[];
}
