import type { TimeSpan } from '../../log/time-span.ts';
import { removeBlocks } from '../blocks/remove-blocks.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { setLockTimeout } from '../connection/lock-attempts.ts';
import { lockRollups, removeRollups } from '../rollups/remove-rollups.ts';
import { rollupOf } from '../rollups/rollup.ts';
import {
  LLM_CONTENTS,
  type MirrorTable,
  mirrorsOf,
  type PartitionedTable,
  SYSTEM_LOGS,
} from '../schema/partitioned-table.ts';

interface Emptied {
  rows: number;
  /** Including indexes, and what belonged to the rows in other tables. */
  bytes: number;
}

/**
 * Removes all rows of a partition, their rows in mirrors, their rollups and blocks, in the transaction `tx`. Other partitions stay
 * usable. The order matters:
 * 1. The table lock keeps writers out before the rows are counted. Readers wait only from `truncate` on. A writer of a mirror
 *    has written to this partition before, so it is out too.
 * 2. Rollups and blocks go last: by then those of every writer to this partition are committed and visible.
 * @returns zeros when the partition is already gone
 */
export async function emptyPartition(tx: Sql, table: PartitionedTable, name: string): Promise<Emptied> {
  const rollup = rollupOf(table.name);
  if (table === SYSTEM_LOGS) await takeLock(tx, 'blocks');
  if (rollup) await lockRollups(tx);
  await setLockTimeout(tx);
  const bounds = await readBounds(tx, table, name);
  if (!bounds) return { rows: 0, bytes: 0 };
  await tx`lock table ${tx(name)} in share mode`;
  const [emptied] = await tx<Emptied[]>`
    select count(*) as rows, pg_total_relation_size(${name}::regclass) as bytes from ${tx(name)}`;
  await tx`truncate ${tx(name)}`;
  const { rows, bytes } = emptied!;
  let mirrored = 0;
  for (const mirror of mirrorsOf(table)) mirrored += await emptyMirror(tx, mirror, bounds);
  if (rollup) await removeRollups(tx, rollup, bounds);
  if (table === SYSTEM_LOGS) await removeBlocks(tx, bounds);
  return { rows, bytes: bytes + mirrored };
}

/**
 * Removes the rows of a time from a mirror, and their rollups. Nobody can write to it there. Resolves to the bytes that are free now. A partition
 * that reaches beyond that time is possible: see `MirroredBounds`.
 */
async function emptyMirror(tx: Sql, { name, catalog }: MirrorTable, { from, to }: TimeSpan): Promise<number> {
  const partitions = await tx<{ name: string; isWithin: boolean; bytes: number }[]>`
    select name, from_ts >= ${from}::timestamptz and to_ts <= ${to}::timestamptz as "isWithin",
      pg_total_relation_size(to_regclass(name)) as bytes
    from ${tx(catalog)} where from_ts < ${to}::timestamptz and to_ts > ${from}::timestamptz order by from_ts`;
  for (const { name: partition, isWithin } of partitions) if (isWithin) await tx`truncate ${tx(partition)}`;
  if (partitions.some(({ isWithin }) => !isWithin)) {
    await tx`delete from ${tx(name)} where ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;
  }
  const rollup = rollupOf(name);
  if (rollup) await removeRollups(tx, rollup, { from, to });
  return partitions.reduce((sum, { isWithin, bytes }) => sum + (isWithin ? bytes : 0), 0);
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
 * Drops the partitions of a mirror at whose time the mirrored table has no partition, in the transaction `tx` under the
 * partition lock. Their rows, if any, belong to no row: a server that does not know the mirror has removed those. Contents of calls
 * stay in the database when their records are archived.
 * @returns the names of the dropped partitions
 */
export async function dropOrphans(tx: Sql, mirror: MirrorTable): Promise<string[]> {
  const { name, catalog, bounds } = mirror;
  const rollup = rollupOf(name);
  if (rollup) await lockRollups(tx);
  await setLockTimeout(tx);
  await takeLock(tx, 'partitions');
  const orphans = await tx<({ name: string } & TimeSpan)[]>`
    select name, from_ts as "from", to_ts as "to" from ${tx(catalog)} as mirror
    where not exists (
      select from ${tx(bounds.mirrors.catalog)} as mirrored
      where mirrored.from_ts < mirror.to_ts and mirrored.to_ts > mirror.from_ts)
    ${mirror === LLM_CONTENTS ? notArchived(tx) : tx``}
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

const notArchived = (tx: Sql): Fragment => tx`
  and not exists (
    select from archived_partitions as archived where archived.from_ts < mirror.to_ts and archived.to_ts > mirror.from_ts)`;

/** Undefined when the partition is gone. */
async function readBounds(tx: Sql, table: PartitionedTable, name: string): Promise<TimeSpan | undefined> {
  const [bounds] = await tx<TimeSpan[]>`
    select from_ts as "from", to_ts as "to" from ${tx(table.catalog)} where name = ${name}`;
  return bounds;
}

async function isEmpty(tx: Sql, name: string): Promise<boolean> {
  const rows = await tx`select from ${tx(name)} limit 1`;
  return rows.length === 0;
}
