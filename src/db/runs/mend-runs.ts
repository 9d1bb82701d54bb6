import type { Position } from '../../log/cursor.ts';
import type { Run } from '../../log/run.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeWindow } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { keepRunsStatement } from './run-statement.ts';
import { findRunsLeft, type Key } from './runs-left.ts';

/**
 * Sets the rows of runs in this time anew whose record is gone: from the newest record that is left, or no row at all. Call it in
 * the transaction that removed records. The order matters: each row is locked before the records are read again, in statements
 * of their own. So a writer that has stored a record of the run meanwhile is either finished, and its record is seen, or it
 * waits for the lock, and compares with the new row.
 * @param left where a run may have other records
 */
export async function mendRuns(tx: Sql, window: TimeWindow, left = ALL_TIME): Promise<void> {
  await mend(tx, await lockRunsWithoutRecord(tx, window, tx``), left, []);
}

/**
 * As `mendRuns`, where records may have gone without a clean-up. A time that is archived is left out: nothing but a clean-up removes
 * records from files.
 */
export async function mendRunsOfDeleted(tx: Sql, window: TimeWindow): Promise<void> {
  const notArchived = tx`and not exists (
    select from archived_partitions where from_ts <= run.ts and to_ts > run.ts offset 0)`;
  await mend(tx, await lockRunsWithoutRecord(tx, window, notArchived), ALL_TIME, []);
}

/** As `mendRuns`, of these runs. */
export async function mendRunsById(tx: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx`
    select from pipeline_runs where pipeline_id = any(${ids as string[]}::text[]) order by pipeline_id for update`;
  await mend(tx, ids, ALL_TIME, []);
}

/** As `mendRuns`, before these records are removed from the archive. */
export async function mendRunsOf(tx: Sql, gone: readonly (Key & { pipeline_id: string | null })[]): Promise<void> {
  const ofRuns = gone.filter((one) => one.pipeline_id !== null);
  if (ofRuns.length === 0) return;
  const ids = [...new Set(ofRuns.map((one) => one.pipeline_id!))];
  const runs = await tx<({ id: string } & Position)[]>`
    select pipeline_id as id, ts as "timestamp", uid from pipeline_runs
    where pipeline_id = any(${ids}::text[]) order by pipeline_id for update`;
  const keys = new Set(ofRuns.map(({ ts, uid }) => `${ts} ${uid}`));
  const ended = runs.filter(({ timestamp, uid }) => keys.has(`${timestamp} ${uid}`)).map(({ id }) => id);
  await mend(tx, ended, ALL_TIME, ofRuns);
}

async function mend(tx: Sql, ids: readonly string[], left: TimeWindow, gone: readonly Key[]): Promise<void> {
  if (ids.length === 0) return;
  const runs: Run[] = await findRunsLeft(tx, ids, left, gone);
  await tx`delete from pipeline_runs where pipeline_id = any(${ids as string[]}::text[])`;
  if (runs.length > 0) await tx.unsafe(keepRunsStatement(runs));
}

/**
 * Reads only partitions of the time in which there are runs: another transaction may hold a lock on any other. `offset 0` makes
 * Postgres look up each row, and not join whole tables.
 */
async function lockRunsWithoutRecord(tx: Sql, { from, to }: TimeWindow, condition: Fragment): Promise<string[]> {
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
      offset 0) ${condition}
    order by pipeline_id for update`;
  return rows.map(({ id }) => id);
}
