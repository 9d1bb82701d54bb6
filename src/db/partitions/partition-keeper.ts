import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import type { PartitionedTable } from '../schema/partitioned-table.ts';
import { partitionAt } from './partition-bounds.ts';
import { ensurePartitions, type Partition } from './partitions.ts';

/** Remembers the partitions of a table, so that a batch asks Postgres only when it needs a new one. */
export interface PartitionKeeper {
  /** Resolves when each record has its partition. */
  ensure(records: readonly Pick<NewRecord, 'timestamp'>[]): Promise<void>;
  /** Reads the partitions again next time. Call it when a partition turned out to be removed. */
  forget(): void;
}

export function createPartitionKeeper(sql: Sql, table: PartitionedTable): PartitionKeeper {
  let partitions: Partition[] = [];
  return {
    async ensure(records) {
      const missing = withoutPartition(partitions, records);
      if (missing.length > 0) partitions = await ensurePartitions(sql, table, missing);
    },
    forget() {
      partitions = [];
    },
  };
}

/** Adjacent records usually share a partition: a record is looked up only when it is outside the previous one's. */
function withoutPartition(
  partitions: readonly Partition[],
  records: readonly Pick<NewRecord, 'timestamp'>[],
): Timestamp[] {
  const missing: Timestamp[] = [];
  let current: Partition | undefined;
  for (const { timestamp } of records) {
    if (current && timestamp >= current.from && timestamp < current.to) continue;
    current = partitionAt(partitions, timestamp);
    if (!current) missing.push(timestamp);
  }
  return missing;
}
