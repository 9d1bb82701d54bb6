import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { readArchivedSpans } from '../archive/archived-partitions.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';
import { indexNameOn, openIndexes } from '../schema/indexes.ts';
import type { PartitionedTable } from '../schema/partitioned-table.ts';
import { boundsFor, cutInGap, PARTITIONS_MAX, partitionAt, partitionsBefore, wholeGap } from './partition-bounds.ts';

export interface Partition extends TimeSpan {
  name: string;
}

/** Oldest first. */
export const readPartitions = (sql: Sql, table: PartitionedTable): Promise<Partition[]> => sql<Partition[]>`
  select name, from_ts as "from", to_ts as "to" from ${sql(table.catalog)} order by from_ts`;

/**
 * Makes the partitions that these times need, in one transaction under the partition lock. A partition is made as a table
 * and then attached: `create table ... partition of` would wait for all readers. A partition of a mirror is not made where the
 * other table has none any more.
 *
 * What is archived is read under the lock, which archiving takes too: a partition for a time that was archived just now has
 * the bounds of the archived one.
 * @returns all partitions, oldest first
 */
export async function ensurePartitions(
  sql: Sql,
  table: PartitionedTable,
  timestamps: Iterable<Timestamp>,
): Promise<Partition[]> {
  const existing = await readPartitions(sql, table);
  const missing = uncovered(existing, timestamps);
  if (missing.length === 0) return existing;
  return inTransaction(sql, async (tx) => {
    await takeLock(tx, 'partitions');
    const partitions = await readPartitions(tx, table);
    const boundsOf = await boundsSource(tx, table);
    for (const timestamp of missing) {
      if (partitionAt(partitions, timestamp)) continue;
      const bounds = boundsOf(partitions, timestamp);
      if (!bounds) continue;
      const partition = { name: nameOf(table, bounds), ...bounds };
      await tx.unsafe(createStatements(table, partition));
      partitions.splice(partitionsBefore(partitions, timestamp), 0, partition);
    }
    return partitions;
  });
}

/** The bounds of a new partition for a time that no partition covers. */
type BoundsOf = (partitions: readonly Partition[], timestamp: Timestamp) => TimeSpan | undefined;

async function boundsSource(tx: Sql, { bounds }: PartitionedTable): Promise<BoundsOf> {
  if ('mirrors' in bounds) {
    const others = await readPartitions(tx, bounds.mirrors);
    return (partitions, timestamp) => {
      const other = partitionAt(others, timestamp);
      // A mirror has more partitions than the other table when those of the other table are archived and its own are not.
      if (other && partitions.length >= PARTITIONS_MAX) return wholeGap(partitions, timestamp);
      return other && cutInGap(partitions, timestamp, other);
    };
  }
  const rowsPerDay = await bounds.readRowsPerDay(tx);
  const archived = await readArchivedSpans(tx);
  return (partitions, timestamp) => boundsFor(partitions, timestamp, { rowsPerDay, nowMs: Date.now(), archived });
}

const uncovered = (partitions: readonly Partition[], timestamps: Iterable<Timestamp>): Timestamp[] =>
  [...new Set(timestamps)].filter((timestamp) => !partitionAt(partitions, timestamp)).sort();

/** `system_logs_20261121`, or `system_logs_20261121_1300` when it does not start at midnight. */
export const nameOf = (table: PartitionedTable, { from }: TimeSpan): string => {
  const digits = from.replace(/\D/g, '');
  return `${table.name}_${digits.slice(0, 8)}${digits.slice(8, 12) === '0000' ? '' : `_${digits.slice(8, 12)}`}`;
};

/** Weir made the names and bounds, no sender did: they are safe inside the statement. */
const createStatements = (table: PartitionedTable, { name, from, to }: Partition): string => `
  create table ${name} (like ${table.name} including defaults including constraints);
  alter table ${name} add primary key (ts, uid);
  ${openIndexes(table)
    .map((index) => `create index ${indexNameOn(table, index, name)} on ${name} ${index.on};`)
    .join('\n  ')}
  ${attachStatement(table, { name, from, to })};
  insert into ${table.catalog} (name, from_ts, to_ts) values ('${name}', '${from}', '${to}');`;

/** Makes a table a partition. Its rows become visible in the partitioned table. */
export const attachStatement = (table: PartitionedTable, { name, from, to }: Partition): string =>
  `alter table ${table.name} attach partition ${name} for values from ('${from}') to ('${to}')`;
