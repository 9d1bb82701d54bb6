import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/**
 * Removes the blocks, groups and gaps of a partition whose records the same transaction has removed. The transaction keeps writers out
 * of it. A gap that reaches beyond the partition stays: it only makes a search read more.
 */
export async function removeBlocks(tx: Sql, { from, to }: TimeSpan): Promise<void> {
  for (const table of ['log_blocks', 'log_block_groups', 'log_block_gaps']) {
    await tx`
      delete from ${tx(table)}
      where to_ts >= ${from}::timestamptz and to_ts < ${to}::timestamptz and from_ts >= ${from}::timestamptz`;
  }
}

/** Removes the blocks of partitions that are gone: an older server drops partitions without their blocks. */
export async function removeOrphanBlocks(sql: Sql): Promise<void> {
  for (const table of ['log_blocks', 'log_block_groups']) {
    await sql`
      delete from ${sql(table)} blocks where not exists (
        select from log_partitions p where blocks.to_ts >= p.from_ts and blocks.to_ts < p.to_ts)`;
  }
}
