import type { Run } from '../../log/run.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { keepRunsStatement } from './run-statement.ts';
import { findRunsInRecords } from './runs-in-records.ts';

/**
 * Sets the rows of runs in this time anew whose record is gone: from the newest record that is left, or no row at all. Call it in
 * the transaction that removed records. The order matters: each row is locked before the records are read again, in statements
 * of their own. So a writer that has stored a record of the run meanwhile is either finished, and its record is seen, or it
 * waits for the lock, and compares with the new row.
 * @param left where a run may have other records
 */
export async function mendRuns(tx: Sql, window: TimeWindow, left = ALL_TIME): Promise<void> {
  const ids = await lockRunsWithoutRecord(tx, window);
  if (ids.length === 0) return;
  const runs: Run[] = [...(await findRunsInRecords(tx, ids, null, left)).values()];
  await tx`delete from pipeline_runs where pipeline_id = any(${ids}::text[])`;
  if (runs.length > 0) await tx.unsafe(keepRunsStatement(runs));
}

/**
 * Reads only partitions of the time in which there are runs: another transaction may hold a lock on any other. `offset 0` makes
 * Postgres look up each row, and not join whole tables.
 */
async function lockRunsWithoutRecord(tx: Sql, { from, to }: TimeWindow): Promise<string[]> {
  const [times] = await tx<{ first: Timestamp | null; last: Timestamp | null }[]>`
    select min(ts) as first, max(ts) as last from pipeline_runs
    where ts >= coalesce(${from}::timestamptz, '-infinity') and ts < ${to}::timestamptz`;
  const { first, last } = times!;
  if (first === null || last === null) return [];
  const span = { from: first, to: justAfter(last) };
  const rows = await tx<{ id: string }[]>`
    select pipeline_id as id from pipeline_runs as run
    where ${within(tx, span)} and not exists (
      select from system_logs as record
      where record.ts = run.ts and record.uid = run.uid
        and record.ts >= ${span.from}::timestamptz and record.ts < ${span.to}::timestamptz
      offset 0)
    order by pipeline_id for update`;
  return rows.map(({ id }) => id);
}
