/** An index that every partition has; never on the parent, which would copy it to every partition to come. */
export interface PartitionIndex {
  /** `idx_system_logs_level_created`: a partition's own bears its suffix. */
  name: string;
  /** What comes behind `on <partition>`. */
  on: string;
}

const INDEXES: PartitionIndex[] = [
  { name: 'idx_system_logs_level_created', on: '(level, ts, uid)' },
  { name: 'idx_system_logs_component_created', on: '(component, ts, uid)' },
  { name: 'idx_system_logs_errors', on: '(ts, uid) where severity_number >= 17 or error_type is not null' },
  { name: 'idx_system_logs_correlation', on: '(correlation_id, ts, uid) where correlation_id is not null' },
  { name: 'idx_system_logs_trace', on: '(trace_id, ts, uid) where trace_id is not null' },
  { name: 'idx_system_logs_pipeline', on: '(pipeline_id, ts, uid) where pipeline_id is not null' },
  { name: 'idx_system_logs_batch', on: '(batch_id)' },
];

export const suffixOf = (partition: string): string => partition.slice('system_logs_'.length);

export const PARTITION_INDEXES = INDEXES.map((index) => ({
  ...index,
  nameOn: (partition: string): string => `${index.name}_${suffixOf(partition)}`,
  create: (partition: string): string =>
    `create index ${index.name}_${suffixOf(partition)} on ${partition} ${index.on};`,
}));
