import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { LLM_CONTENTS, LLM_LOGS, type PartitionedTable, SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { partitionAt } from './partition-bounds.ts';
import { ensurePartitions, type Partition, readPartitions } from './partitions.ts';

type Placed = Pick<NewRecord, 'timestamp'>;

/** Remembers partitions, so that a batch asks Postgres only when it needs a new one. */
export interface PartitionKeeper<Row extends Placed = NewRecord> {
  /** Resolves when each row has its partition. */
  ensure(rows: readonly Row[]): Promise<void>;
  /** Reads the partitions again next time. Call it when a partition turned out to be removed. */
  forget(): void;
}

/** For whole records: also the partitions of their calls, which only records with a call need. */
export function createRecordPartitions(sql: Sql): PartitionKeeper {
  const records = createPartitionKeeper(sql, SYSTEM_LOGS);
  const calls = createPartitionKeeper(sql, LLM_LOGS);
  const contents = createPartitionKeeper(sql, LLM_CONTENTS);
  return {
    async ensure(batch) {
      await records.ensure(batch);
      const withCall = batch.filter(({ llm }) => llm !== null);
      if (withCall.length === 0) return;
      await calls.ensure(withCall);
      await contents.ensure(withCall.filter(({ llmContent }) => llmContent !== null));
    },
    forget() {
      for (const keeper of [records, calls, contents]) keeper.forget();
    },
  };
}

/** Whether there may be model calls. False if the database does not say it. */
export const hasCalls = (sql: Sql): Promise<boolean> =>
  readPartitions(sql, LLM_LOGS).then(
    (partitions) => partitions.length > 0,
    () => false,
  );

/** For the rows of one table. */
export function createPartitionKeeper(sql: Sql, table: PartitionedTable): PartitionKeeper<Placed> {
  let partitions: Partition[] = [];
  return {
    async ensure(rows) {
      const missing = withoutPartition(partitions, rows);
      if (missing.length > 0) partitions = await ensurePartitions(sql, table, missing);
    },
    forget() {
      partitions = [];
    },
  };
}

/** Adjacent rows usually share a partition: a row is looked up only when it is outside the previous one's. */
function withoutPartition(partitions: readonly Partition[], rows: readonly Placed[]): Timestamp[] {
  const missing: Timestamp[] = [];
  let current: Partition | undefined;
  for (const { timestamp } of rows) {
    if (current && timestamp >= current.from && timestamp < current.to) continue;
    current = partitionAt(partitions, timestamp);
    if (!current) missing.push(timestamp);
  }
  return missing;
}
