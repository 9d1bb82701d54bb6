import { EVERYTHING } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import { ALL_TIME } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { readPartitionSizes, type StoredPartition } from '../partitions/partition-sizes.ts';
import { SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { walkColumns } from './walk.ts';

export type { StoredPartition } from '../partitions/partition-sizes.ts';

export interface StorageReport {
  /** All partitions together. */
  sizeBytes: number;
  rows: number;
  oldest: Timestamp | null;
  newest: Timestamp | null;
  /** Oldest first. */
  partitions: StoredPartition[];
}

export async function readStorage(sql: Sql): Promise<StorageReport> {
  const partitions = await readPartitionSizes(sql, SYSTEM_LOGS);
  return {
    sizeBytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
    rows: partitions.reduce((sum, { rows }) => sum + rows, 0),
    oldest: await readEnd(sql, false),
    newest: await readEnd(sql, true),
    partitions,
  };
}

async function readEnd(sql: Sql, newestFirst: boolean): Promise<Timestamp | null> {
  const [end] = await walkColumns<{ timestamp: Timestamp }>(sql, 'ts as "timestamp"', {
    filter: EVERYTHING,
    window: ALL_TIME,
    newestFirst,
    above: null,
    below: null,
    limit: 1,
  });
  return end?.timestamp ?? null;
}
