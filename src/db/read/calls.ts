import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { callRowSql, splitByCall } from '../filter/call-sql.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { matchOrder, type Walk, withinEdges } from './walk-sql.ts';

/**
 * Reads the records of matching model calls. It walks the primary key of `llm_logs`, which is short beside the records that tell
 * of no call, and reads each call's record by its key. `limit 1` keeps the planner from joining whole partitions.
 */
export async function readCalls<Row>(sql: Sql, columns: string, walk: Walk, span: TimeSpan): Promise<Row[]> {
  const { ofCall, others } = splitByCall(walk.filter);
  const rows = await sql<object[]>`
    select found.* from (
      select ts as at_ts, uid as at_uid from llm_logs
      where ${within(sql, span)} ${withinEdges(sql, walk)} and ${callRowSql(sql, ofCall)}
    ) as called cross join lateral (
      select ${sql.unsafe(columns)} from system_logs
      where ${within(sql, span)} and ts = at_ts and uid = at_uid and ${filterSql(sql, others, span)} limit 1
    ) as found
    order by ${matchOrder(sql, walk)} limit ${walk.limit}`;
  return rows as unknown as Row[];
}
