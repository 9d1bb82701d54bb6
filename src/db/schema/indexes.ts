import type { Sql } from '../connection/client.ts';

/**
 * An index that partitions have; never on the parent, which would copy it to every partition to come. `OPEN`: from birth,
 * cheap to write. `SEALED`: built once little is written any more.
 */
interface PartitionIndex {
  /** `idx_system_logs_level_created`: a partition's own bears its suffix. */
  name: string;
  /** What comes behind `on <partition>`. */
  on: string;
  since: 'OPEN' | 'SEALED';
}

const INDEXES: readonly PartitionIndex[] = [
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
];

export const OPEN_INDEXES = INDEXES.filter(({ since }) => since === 'OPEN');

/** All that a sealed partition has. `trigramSchema`: where the extension pg_trgm lives; null: the server has none. */
export const sealedIndexes = (trigramSchema: string | null): readonly PartitionIndex[] =>
  trigramSchema === null
    ? INDEXES
    : [
        ...INDEXES,
        {
          name: 'idx_system_logs_message',
          on: `using gin (message ${trigramSchema}.gin_trgm_ops)`,
          since: 'SEALED',
        },
      ];

export const indexNameOn = ({ name }: PartitionIndex, partition: string): string =>
  `${name}_${partition.slice('system_logs_'.length)}`;

/** Where the extension pg_trgm lives, quoted as SQL wants it; null where the database has none. */
export async function readTrigramSchema(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ schema: string }[]>`
    select quote_ident(nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname = 'pg_trgm'`;
  return row?.schema ?? null;
}
