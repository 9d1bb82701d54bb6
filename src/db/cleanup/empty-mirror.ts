import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { removeRollups } from '../rollups/remove-rollups.ts';
import { rollupOf } from '../rollups/rollup.ts';
import type { MirrorTable } from '../schema/partitioned-table.ts';

/**
 * Removes the rows of a time from a mirror, and their rollups. Nobody can write to it there. Resolves to the bytes that are free now. A partition
 * that reaches beyond that time is possible: see `MirroredBounds`.
 */
export async function emptyMirror(tx: Sql, { name, catalog }: MirrorTable, { from, to }: TimeSpan): Promise<number> {
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
