import type { TimeSpan } from '../../log/time-span.ts';
import { changeArchiveVersion } from '../archive/archived-partitions.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { setLockTimeout } from '../connection/lock-attempts.ts';
import { lockRollups, removeRollups } from '../rollups/remove-rollups.ts';
import { LOG_ROLLUPS } from '../rollups/rollup.ts';
import { mendRuns } from '../runs/mend-runs.ts';
import { mirrorsOf, SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { emptyMirror } from './empty-mirror.ts';

export interface DroppedArchive {
  name: string;
  rows: number;
  /** Of its files, and of what belonged to its records in the database. */
  bytes: number;
}

/**
 * Takes an archived partition out of the archive, in the transaction `tx`. Its files are deleted later, when no snapshot is left that
 * may read them, by a server that has the archive's folder. The caller sees to the rollups.
 * @returns null when it is gone
 */
export async function dropArchived(tx: Sql, id: number): Promise<DroppedArchive | null> {
  // Locked first, so that the numbers are the last ones.
  await tx`select from archived_partitions where id = ${id} for update`;
  const [dropped] = await tx<DroppedArchive[]>`
    select name, (
        select coalesce(sum(rows) filter (where kind = 'logs'), 0) from archive_files where archived_id = id
      )::bigint - (select coalesce(sum(rows), 0) from archive_removals where archived_id = archived.id)::bigint as rows,
      (select coalesce(sum(bytes), 0) from archive_files where archived_id = id)::bigint as bytes
    from archived_partitions as archived where id = ${id}`;
  if (!dropped) return null;
  await tx`insert into archive_unlinked (path) select path from archive_files where archived_id = ${id}`;
  await tx`delete from archived_partitions where id = ${id}`;
  await changeArchiveVersion(tx);
  return dropped;
}

/**
 * Removes an archived partition whose records all go, and the rollups of its time. No table of the database is read: a server without
 * DuckDB can do it. The partition lock keeps writers out of a time that has no partition, the table lock out of one that has.
 * @returns null when the time has other records too, or the partition is gone
 */
export async function dropArchivedTime(
  tx: Sql,
  { id, from, to }: TimeSpan & { id: number },
): Promise<DroppedArchive | null> {
  const bounds = { from, to };
  await lockRollups(tx);
  await setLockTimeout(tx);
  await takeLock(tx, 'partitions');
  if (await holdsOthers(tx, id, bounds)) return null;
  const dropped = await dropArchived(tx, id);
  if (!dropped) return null;
  for (const mirror of mirrorsOf(SYSTEM_LOGS)) dropped.bytes += await emptyMirror(tx, mirror, bounds);
  await removeRollups(tx, LOG_ROLLUPS, bounds);
  await mendRuns(tx, bounds, { from: null, to });
  return dropped;
}

async function holdsOthers(tx: Sql, id: number, { from, to }: TimeSpan): Promise<boolean> {
  const stored = await tx<{ name: string }[]>`
    select name from log_partitions where from_ts < ${to}::timestamptz and to_ts > ${from}::timestamptz order by from_ts`;
  for (const { name } of stored) await tx`lock table ${tx(name)} in share mode`;
  const [row] = await tx<{ others: boolean }[]>`
    select exists (select from system_logs where ts >= ${from}::timestamptz and ts < ${to}::timestamptz) or exists (
      select from archived_partitions
      where id <> ${id} and from_ts < ${to}::timestamptz and to_ts > ${from}::timestamptz) as others`;
  return row!.others;
}

/** Drops an archived partition whose records were all removed one by one: their rollups and runs are seen to. */
export async function dropIfEmpty(tx: Sql, id: number): Promise<DroppedArchive | null> {
  await setLockTimeout(tx);
  const [row] = await tx<{ isEmpty: boolean }[]>`
    select coalesce((select sum(rows) from archive_files where archived_id = ${id} and kind = 'logs'), 0)
      = coalesce((select sum(rows) from archive_removals where archived_id = ${id}), 0) as "isEmpty"`;
  return row!.isEmpty ? dropArchived(tx, id) : null;
}

export interface OverlappingArchive {
  id: number;
  isWithin: boolean;
}

/** The archived partitions of a time. */
export const overlappingArchives = (tx: Sql, { from, to }: TimeSpan) => tx<OverlappingArchive[]>`
  select id, from_ts >= ${from}::timestamptz and to_ts <= ${to}::timestamptz as "isWithin"
  from archived_partitions where from_ts < ${to}::timestamptz and to_ts > ${from}::timestamptz order by id`;
