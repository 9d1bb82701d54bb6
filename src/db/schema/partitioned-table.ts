import type { Sql } from '../connection/client.ts';

/**
 * An index of each partition. The parent table has none: Postgres would copy it to every new partition. `OPEN`: exists from
 * the start and is cheap to write. `SEALED`: built when few records still arrive.
 */
export interface PartitionIndex {
  /** `idx_system_logs_user`. The index of a partition adds the partition's suffix. */
  name: string;
  /** What follows `on <partition>` in `create index`. */
  on: string;
  since: 'OPEN' | 'SEALED';
}

/** A table partitioned by `ts` with the primary key (ts, uid), and what belongs to its partitions. */
export interface PartitionedTable {
  /** Each partition's name starts with it. */
  name: string;
  /** The table that lists the partitions: name, from_ts, to_ts, state. A table of its own keeps older servers working. */
  catalog: string;
  indexes: readonly PartitionIndex[];
  /** Text columns that get a trigram index when a partition is sealed, if the extension pg_trgm exists. */
  trigramColumns: readonly string[];
  /** Rows stored in the last 24 hours: new partitions are narrower when there are many. */
  readRowsPerDay(sql: Sql): Promise<number>;
}

export const SYSTEM_LOGS: PartitionedTable = {
  name: 'system_logs',
  catalog: 'log_partitions',
  indexes: [
    {
      name: 'idx_system_logs_errors',
      on: '(ts, uid) where severity_number >= 17 or error_type is not null',
      since: 'OPEN',
    },
    {
      name: 'idx_system_logs_correlation',
      on: '(correlation_id, ts, uid) where correlation_id is not null',
      since: 'OPEN',
    },
    { name: 'idx_system_logs_trace', on: '(trace_id, ts, uid) where trace_id is not null', since: 'OPEN' },
    { name: 'idx_system_logs_pipeline', on: '(pipeline_id, ts, uid) where pipeline_id is not null', since: 'OPEN' },
    { name: 'idx_system_logs_batch', on: '(batch_id)', since: 'OPEN' },
    { name: 'idx_system_logs_level_created', on: '(level, ts, uid)', since: 'SEALED' },
    { name: 'idx_system_logs_component_created', on: '(component, ts, uid)', since: 'SEALED' },
    { name: 'idx_system_logs_user', on: '(user_id, ts, uid) where user_id is not null', since: 'OPEN' },
  ],
  trigramColumns: ['message'],
  async readRowsPerDay(sql) {
    const [row] = await sql<{ rows: number }[]>`
      select coalesce(sum(rows), 0)::bigint as rows from ingest_batches where committed_at > now() - interval '1 day'`;
    return row!.rows;
  },
};

/** Every partitioned table: background tasks and health go through this list. */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = [SYSTEM_LOGS];
