import type { TimeSpan } from '../../log/time-span.ts';
import { removeBlocks } from '../blocks/remove-blocks.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { setLockTimeout } from '../connection/lock-attempts.ts';
import { lockRollups, removeRollups } from '../rollups/remove-rollups.ts';
import { rollupOf } from '../rollups/rollup.ts';
import { type MirrorTable, mirrorsOf, type PartitionedTable, SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { type DroppedArchive, dropArchived, overlappingArchives } from './drop-archived.ts';
import { emptyMirror } from './empty-mirror.ts';

interface Emptied {
  rows: number;
  /** Including indexes, and what belonged to the rows in other tables. */
  bytes: number;
  /** The names of archived partitions of the same time, which went too. */
  archived: string[];
}

/**
 * Removes all rows of a partition, their rows in mirrors, their rollups and blocks, in the transaction `tx`. Other partitions stay
 * usable. The order matters:
 * 1. The table lock keeps writers out before the rows are counted. Readers wait only from `truncate` on. A writer of a mirror
 *    has written to this partition before, so it is out too.
 * 2. Rollups and blocks go last: by then those of every writer to this partition are committed and visible.
 *
 * Archived records of the same time go in the same step, because their rollups do.
 * @returns zeros when the partition is already gone; null when archived records of its time reach beyond it
 */
export async function emptyPartition(tx: Sql, table: PartitionedTable, name: string): Promise<Emptied | null> {
  const rollup = rollupOf(table.name);
  if (table === SYSTEM_LOGS) await takeLock(tx, 'blocks');
  if (rollup) await lockRollups(tx);
  await setLockTimeout(tx);
  const bounds = await readBounds(tx, table, name);
  if (!bounds) return { rows: 0, bytes: 0, archived: [] };
  await tx`lock table ${tx(name)} in share mode`;
  const archives = bounds.isArchived && table === SYSTEM_LOGS ? await overlappingArchives(tx, bounds) : [];
  if (archives.some(({ isWithin }) => !isWithin)) return null;
  const [emptied] = await tx<{ rows: number; bytes: number }[]>`
    select count(*) as rows, pg_total_relation_size(${name}::regclass) as bytes from ${tx(name)}`;
  await tx`truncate ${tx(name)}`;
  const { rows, bytes } = emptied!;
  const dropped: DroppedArchive[] = [];
  for (const { id } of archives) dropped.push((await dropArchived(tx, id))!);
  let mirrored = 0;
  for (const mirror of mirrorsOf(table)) mirrored += await emptyMirror(tx, mirror, bounds);
  if (rollup) await removeRollups(tx, rollup, bounds);
  if (table === SYSTEM_LOGS) await removeBlocks(tx, bounds);
  return {
    rows: dropped.reduce((sum, one) => sum + one.rows, rows),
    bytes: dropped.reduce((sum, one) => sum + one.bytes, bytes + mirrored),
    archived: dropped.map((one) => one.name),
  };
}

/**
 * Drops the given partitions that are empty, and their rows in the catalog, in the transaction `tx` under the partition lock.
 * The table lock waits for every reader of the whole table: call this once for all partitions.
 * @returns the names of the dropped partitions: not those that received new rows or were already gone
 */
export async function dropPartitions(tx: Sql, table: PartitionedTable, names: readonly string[]): Promise<string[]> {
  await setLockTimeout(tx);
  await takeLock(tx, 'partitions');
  await tx`lock table only ${tx(table.name)} in access exclusive mode`;
  const dropped: string[] = [];
  for (const name of names) {
    if (!(await readBounds(tx, table, name)) || !(await isEmpty(tx, name))) continue;
    await tx`drop table ${tx(name)}`;
    await tx`delete from ${tx(table.catalog)} where name = ${name}`;
    dropped.push(name);
  }
  return dropped;
}

/**
 * Drops the partitions of a mirror at whose time the mirrored table has no partition, nor an archived one, in the transaction
 * `tx` under the partition lock. Their rows, if any, belong to no row: a server that does not know the mirror has removed those.
 * @returns the names of the dropped partitions
 */
export async function dropOrphans(tx: Sql, { name, catalog, bounds }: MirrorTable): Promise<string[]> {
  const rollup = rollupOf(name);
  if (rollup) await lockRollups(tx);
  await setLockTimeout(tx);
  await takeLock(tx, 'partitions');
  const orphans = await tx<({ name: string } & TimeSpan)[]>`
    select name, from_ts as "from", to_ts as "to" from ${tx(catalog)} as mirror
    where not exists (
      select from ${tx(bounds.mirrors.catalog)} as mirrored
      where mirrored.from_ts < mirror.to_ts and mirrored.to_ts > mirror.from_ts)
    and not exists (
      select from archived_partitions as archived
      where archived.from_ts < mirror.to_ts and archived.to_ts > mirror.from_ts)
    order by from_ts`;
  if (orphans.length === 0) return [];
  await tx`lock table only ${tx(name)} in access exclusive mode`;
  for (const orphan of orphans) {
    await tx`drop table ${tx(orphan.name)}`;
    await tx`delete from ${tx(catalog)} where name = ${orphan.name}`;
    if (rollup) await removeRollups(tx, rollup, orphan);
  }
  return orphans.map((orphan) => orphan.name);
}

/** Undefined when the partition is gone. `isArchived`: records of this time are archived too. */
async function readBounds(
  tx: Sql,
  table: PartitionedTable,
  name: string,
): Promise<(TimeSpan & { isArchived: boolean }) | undefined> {
  const [bounds] = await tx<(TimeSpan & { isArchived: boolean })[]>`
    select from_ts as "from", to_ts as "to", exists (
      select from archived_partitions as archived
      where archived.from_ts < partitions.to_ts and archived.to_ts > partitions.from_ts) as "isArchived"
    from ${tx(table.catalog)} as partitions where name = ${name}`;
  return bounds;
}

async function isEmpty(tx: Sql, name: string): Promise<boolean> {
  const rows = await tx`select from ${tx(name)} limit 1`;
  return rows.length === 0;
}
