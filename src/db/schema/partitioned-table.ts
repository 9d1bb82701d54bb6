import type { Sql } from '../connection/client.ts';
import { onHashOf } from './id-hash.ts';

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
  /** How a new partition gets its bounds. */
  bounds: OwnBounds | MirroredBounds;
}

interface OwnBounds {
  /** Rows stored in the last 24 hours: new partitions are narrower when there are many. */
  readRowsPerDay(sql: Sql): Promise<number>;
}

/**
 * A partition has the bounds of the other table's partition of its time, so that both are removed and archived together. It is
 * made for the first row. A server that does not know this table may remove the other partition alone, and later make a wider
 * or narrower one: then this table's partitions overlap it otherwise.
 */
interface MirroredBounds {
  mirrors: PartitionedTable;
}

/** A table whose partitions follow those of another one. */
export type MirrorTable = PartitionedTable & { bounds: MirroredBounds };

export const SYSTEM_LOGS: PartitionedTable = {
  name: 'system_logs',
  catalog: 'log_partitions',
  indexes: [
    {
      name: 'idx_system_logs_errors',
      on: '(ts, uid) where severity_number >= 17 or error_type is not null',
      since: 'OPEN',
    },
    { name: 'idx_system_logs_correlation', on: onHashOf('correlation_id'), since: 'OPEN' },
    { name: 'idx_system_logs_trace', on: onHashOf('trace_id'), since: 'OPEN' },
    { name: 'idx_system_logs_pipeline', on: '(pipeline_id, ts, uid) where pipeline_id is not null', since: 'OPEN' },
    { name: 'idx_system_logs_batch', on: '(batch_id)', since: 'OPEN' },
    { name: 'idx_system_logs_level_created', on: '(level, ts, uid)', since: 'SEALED' },
    { name: 'idx_system_logs_component_created', on: '(component, ts, uid)', since: 'SEALED' },
    { name: 'idx_system_logs_user', on: onHashOf('user_id'), since: 'OPEN' },
  ],
  bounds: {
    async readRowsPerDay(sql) {
      const [row] = await sql<{ rows: number }[]>`
        select coalesce(sum(rows), 0)::bigint as rows from ingest_batches where committed_at > now() - interval '1 day'`;
      return row!.rows;
    },
  },
};

/** Model calls: a row for each record that tells of one. */
export const LLM_LOGS: MirrorTable = {
  name: 'llm_logs',
  catalog: 'llm_log_partitions',
  indexes: [
    { name: 'idx_llm_logs_batch', on: '(batch_id)', since: 'OPEN' },
    { name: 'idx_llm_logs_correlation', on: '(correlation_id) where correlation_id is not null', since: 'OPEN' },
    { name: 'idx_llm_logs_pipeline', on: '(pipeline_id) where pipeline_id is not null', since: 'OPEN' },
    {
      name: 'idx_llm_logs_conversation',
      on: '(conversation_id, ts, uid) where conversation_id is not null',
      since: 'SEALED',
    },
  ],
  bounds: { mirrors: SYSTEM_LOGS },
};

/** What models were asked and answered. It is kept for a time of its own. */
export const LLM_CONTENTS: MirrorTable = {
  name: 'llm_contents',
  catalog: 'llm_content_partitions',
  indexes: [],
  bounds: { mirrors: SYSTEM_LOGS },
};

/** Every partitioned table: background tasks and health go through this list. */
export const PARTITIONED_TABLES: readonly PartitionedTable[] = [SYSTEM_LOGS, LLM_LOGS, LLM_CONTENTS];

/** The tables whose rows belong to rows of this one and go with them. */
export const mirrorsOf = (table: PartitionedTable): readonly MirrorTable[] =>
  [LLM_LOGS, LLM_CONTENTS].filter(({ bounds }) => bounds.mirrors === table);
