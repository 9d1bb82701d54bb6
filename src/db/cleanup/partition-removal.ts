import type { TimeSpan } from '../../log/time-span.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { lockRollups, removeRollups } from '../rollups/remove-rollups.ts';
import { rollupOf } from '../rollups/rollup.ts';
import type { PartitionedTable } from '../schema/partitioned-table.ts';
import { setLockTimeout } from './lock-attempts.ts';

interface Emptied {
  rows: number;
  /** Including indexes. */
  bytes: number;
}

/**
 * Removes all rows of a partition, and their rollups, in the transaction `tx`. Other partitions stay usable. The order matters:
 * 1. The table lock keeps writers out before the rows are counted. Readers wait only from `truncate` on.
 * 2. Rollups go last: by then every writer's deltas for this partition are committed and visible.
 * @returns zeros when the partition is already gone
 */
export async function emptyPartition(tx: Sql, table: PartitionedTable, name: string): Promise<Emptied> {
  const rollup = rollupOf(table.name);
  if (rollup) await lockRollups(tx);
  await setLockTimeout(tx);
  const bounds = await readBounds(tx, table, name);
  if (!bounds) return { rows: 0, bytes: 0 };
  await tx`lock table ${tx(name)} in share mode`;
  const [emptied] = await tx<Emptied[]>`
    select count(*) as rows, pg_total_relation_size(${name}::regclass) as bytes from ${tx(name)}`;
  await tx`truncate ${tx(name)}`;
  if (rollup) await removeRollups(tx, rollup, bounds);
  return emptied!;
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
