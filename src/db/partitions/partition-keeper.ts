import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { ensurePartitions, type Partition, partitionAt } from './partitions.ts';

/** Knows which partitions are there, so that a batch asks Postgres only when it needs a new one. */
export interface PartitionKeeper {
  /** After this, each record has its partition. */
  ensure(records: readonly NewRecord[]): Promise<void>;
  /** What is known may be wrong: a partition was removed meanwhile. */
  forget(): void;
}

export function createPartitionKeeper(sql: Sql): PartitionKeeper {
  let partitions: Partition[] = [];
  return {
    async ensure(records) {
      const missing = withoutPartition(partitions, records);
      if (missing.length > 0) partitions = await ensurePartitions(sql, missing);
    },
    forget() {
      partitions = [];
    },
  };
}

/** Neighbours mostly share a partition: only a record outside its neighbour's is looked up. */
function withoutPartition(partitions: readonly Partition[], records: readonly NewRecord[]): Timestamp[] {
  const missing: Timestamp[] = [];
  let current: Partition | undefined;
  for (const { timestamp } of records) {
    if (current && timestamp >= current.from && timestamp < current.to) continue;
    current = partitionAt(partitions, timestamp);
    if (!current) missing.push(timestamp);
  }
  return missing;
}
