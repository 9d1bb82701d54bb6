import type { Run } from '../../log/run.ts';
import { ALL_TIME, type TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { keepRunsStatement } from './run-statement.ts';
import { findRunsInRecords } from './runs-in-records.ts';

/**
 * Sets the rows of runs in this time anew whose record is gone: from the newest record that is left, or no row at all. Call it in
 * the transaction that removed records. The order matters: each row is locked before the records are read again, in statements
 * of their own. So a writer that has stored a record of the run meanwhile is either finished, and its record is seen, or it
 * waits for the lock, and compares with the new row. `offset 0` makes Postgres look up each row, and not join whole tables.
 */
export async function mendRuns(tx: Sql, { from, to }: TimeWindow): Promise<void> {
  const rows = await tx<{ id: string }[]>`
    select pipeline_id as id from pipeline_runs as run
    where ts >= coalesce(${from}::timestamptz, '-infinity') and ts < ${to}::timestamptz
      and not exists (select from system_logs where ts = run.ts and uid = run.uid offset 0)
    order by pipeline_id for update`;
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  const left: Run[] = [...(await findRunsInRecords(tx, ids, null, ALL_TIME)).values()];
  await tx`delete from pipeline_runs where pipeline_id = any(${ids}::text[])`;
  if (left.length > 0) await tx.unsafe(keepRunsStatement(left));
}
