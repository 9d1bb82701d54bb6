import type { Position } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { LLM_ROLLUPS, LOG_ROLLUPS } from '../rollups/rollup.ts';
import { subtractRows } from '../rollups/subtract-rows.ts';

/** Records that one statement deletes at most: short locks, and little to repeat after a failure. */
export const SLICE_ROWS = 10_000;

interface Slice {
  deleted: number;
  /** The next slice starts after this position. Null when no record is left. */
  last: Position | null;
  /** The ids of runs whose newest record was deleted. */
  runs: string[];
}

/**
 * Deletes the next matching records in time order. It starts after the previous slice, so that dead rows are not read again.
 * The same statement deletes their model calls, and subtracts both from the rollups. Uses the primary keys.
 */
export async function deleteSlice(tx: Sql, bounds: TimeSpan, filter: Filter, after: Position | null): Promise<Slice> {
  const [row] = await tx<{ deleted: number; runs: string[]; timestamp: Timestamp | null; uid: string | null }[]>`
    with slice as materialized (
      select ts, uid from system_logs
      where ${within(tx, bounds)} ${after ? laterThan(tx, after) : tx``} and ${filterSql(tx, filter, bounds)}
      order by ts, uid limit ${SLICE_ROWS}
    ), deleted_rows as (
      delete from system_logs using slice
      where system_logs.ts = slice.ts and system_logs.uid = slice.uid
        and system_logs.ts >= ${bounds.from}::timestamptz and system_logs.ts < ${bounds.to}::timestamptz
      returning system_logs.ts, system_logs.uid, level, service, component, environment
    ), deleted_calls as (
      ${deleteMirrored(tx, 'llm_logs', bounds)} returning mirrored.*
    ), deleted_contents as (
      ${deleteMirrored(tx, 'llm_contents', bounds)}
    ), subtracted_rows as (${subtractRows(tx, LOG_ROLLUPS, 'deleted_rows')}
    ), subtracted_calls as (${subtractRows(tx, LLM_ROLLUPS, 'deleted_calls')}
    )
    select (select count(*) from deleted_rows) as deleted, array(
        select run.pipeline_id from deleted_rows join pipeline_runs as run on run.ts = deleted_rows.ts and run.uid = deleted_rows.uid
        where run.ts >= ${bounds.from}::timestamptz and run.ts < ${bounds.to}::timestamptz
      ) as runs, last.ts as "timestamp", last.uid
    from (values (1)) as always
    left join (select ts, uid from slice order by ts, uid offset ${SLICE_ROWS - 1}) as last on true`;
  const { deleted, runs, timestamp, uid } = row!;
  return { deleted, runs, last: timestamp !== null && uid !== null ? { timestamp, uid } : null };
}

export const laterThan = (tx: Sql, { timestamp, uid }: Position): Fragment =>
  tx`and ts >= ${timestamp}::timestamptz and (ts, uid) > (${timestamp}::timestamptz, ${uid}::uuid)`;

/** The second pair of bounds is known only when the statement runs: it keeps a slice from reading a whole partition. */
const deleteMirrored = (tx: Sql, table: 'llm_logs' | 'llm_contents', { from, to }: TimeSpan): Fragment => tx`
  delete from ${tx(table)} as mirrored using deleted_rows
  where mirrored.ts = deleted_rows.ts and mirrored.uid = deleted_rows.uid
    and mirrored.ts >= ${from}::timestamptz and mirrored.ts < ${to}::timestamptz
    and mirrored.ts >= (select min(ts) from slice) and mirrored.ts <= (select max(ts) from slice)`;
