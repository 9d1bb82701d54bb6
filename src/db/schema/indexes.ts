import type { PartitionedTable, PartitionIndex } from './partitioned-table.ts';

/** The indexes of an open partition. */
export const openIndexes = ({ indexes }: PartitionedTable): readonly PartitionIndex[] =>
  indexes.filter(({ since }) => since === 'OPEN');

/** `idx_system_logs_user_20261121` on `system_logs_20261121`. */
export const indexNameOn = (table: PartitionedTable, { name }: PartitionIndex, partition: string): string =>
  `${name}${partition.slice(table.name.length)}`;
