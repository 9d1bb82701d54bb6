import type { TimeSpan } from '../../../log/time-span.ts';
import { removeBlocks } from '../../blocks/remove-blocks.ts';
import { takeLock } from '../../connection/advisory-lock.ts';
import type { Sql } from '../../connection/client.ts';
import { LLM_LOGS, SYSTEM_LOGS } from '../../schema/partitioned-table.ts';

/**
 * Drops a partition of the database whose records are in files now, in the transaction `tx`. Its calls go too: those in a partition
 * that reaches beyond the bounds of this one (see `MirroredBounds`) are deleted.
 */
export async function dropLive(tx: Sql, name: string, { from, to }: TimeSpan): Promise<void> {
  await removeBlocks(tx, { from, to });
  await takeLock(tx, 'partitions');
  const calls = await tx<{ name: string; isWithin: boolean }[]>`
    select name, from_ts >= ${from}::timestamptz and to_ts <= ${to}::timestamptz as "isWithin"
    from llm_log_partitions where from_ts < ${to}::timestamptz and to_ts > ${from}::timestamptz`;
  await tx`lock table only system_logs, llm_logs in access exclusive mode`;
  for (const [table, partition] of [
    [SYSTEM_LOGS, name] as const,
    ...calls.filter(({ isWithin }) => isWithin).map((one) => [LLM_LOGS, one.name] as const),
  ]) {
    await tx`drop table ${tx(partition)}`;
    await tx`delete from ${tx(table.catalog)} where name = ${partition}`;
  }
  if (calls.some(({ isWithin }) => !isWithin)) {
    await tx`delete from llm_logs where ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;
  }
}
