import { addBlockGap } from '../blocks/fill-gaps.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';
import { attachStatement, type Partition } from '../partitions/partitions.ts';
import { type PartitionedTable, SYSTEM_LOGS } from '../schema/partitioned-table.ts';

/**
 * Finishes removals that stopped between detaching a partition and dropping it. An empty partition is dropped; one with
 * records is attached again, so that no record is lost. Holds the partition lock.
 * @returns the names of the partitions that were detached
 */
export async function finishInterruptedRemovals(sql: Sql, table: PartitionedTable): Promise<string[]> {
  if ((await readDetached(sql, table)).length === 0) return [];
  return inTransaction(sql, async (tx) => {
    await takeLock(tx, 'partitions');
    const detached = await readDetached(tx, table);
    for (const partition of detached) await finishRemoval(tx, table, partition);
    return detached.map(({ name }) => name);
  });
}

async function finishRemoval(tx: Sql, table: PartitionedTable, partition: DetachedPartition): Promise<void> {
  const { name, isHalfDetached } = partition;
  if (isHalfDetached) await tx.unsafe(`alter table ${table.name} detach partition ${name} finalize`);
  const [row] = await tx`select from ${tx(name)} limit 1`;
  if (row) {
    await tx.unsafe(attachStatement(table, partition));
    // While it was detached, nobody could make blocks of its records.
    if (table === SYSTEM_LOGS) await addBlockGap(tx, partition);
  } else {
    await tx`drop table ${tx(name)}`;
    await tx`delete from ${tx(table.catalog)} where name = ${name}`;
  }
}

interface DetachedPartition extends Partition {
  /** `detach concurrently` itself was interrupted. */
  isHalfDetached: boolean;
}

const readDetached = (sql: Sql, table: PartitionedTable) => sql<DetachedPartition[]>`
  select name, from_ts as "from", to_ts as "to", i.inhrelid is not null as "isHalfDetached"
  from ${sql(table.catalog)} join pg_class c on c.oid = to_regclass(name) left join pg_inherits i on i.inhrelid = c.oid
  where i.inhrelid is null or i.inhdetachpending
  order by from_ts`;
