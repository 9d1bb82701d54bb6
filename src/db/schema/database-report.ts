import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { indexNameOn, openIndexes } from './indexes.ts';
import { listMigrations, schemaVersion } from './migrate.ts';
import { PARTITIONED_TABLES, type PartitionedTable } from './partitioned-table.ts';

/** The tables and indexes that migrations make. Primary keys are left out: without them no record could be stored. */
const RELATIONS = [
  ...['system_logs', 'log_partitions', 'idx_log_partitions_from'],
  ...['llm_logs', 'llm_log_partitions', 'idx_llm_log_partitions_from'],
  ...['llm_contents', 'llm_content_partitions', 'idx_llm_content_partitions_from'],
  ...['ingest_batches', 'ingest_batches_key_key', 'ingest_batches_seq_key', 'idx_ingest_batches_committed'],
  ...['ingest_requests', 'idx_ingest_requests_created'],
  ...['log_blocks', 'idx_log_blocks_to', 'log_block_gaps', 'idx_log_block_gaps_to'],
  ...['log_block_groups', 'idx_log_block_groups_to', 'log_block_slices', 'log_block_times'],
  ...['log_rollups', 'idx_log_rollups_step', 'log_rollup_gaps', 'idx_log_rollup_gaps_to'],
  ...['llm_rollups', 'idx_llm_rollups_step', 'llm_rollup_gaps', 'idx_llm_rollup_gaps_to'],
  ...['api_keys', 'api_keys_hash_key', 'audit_events', 'idx_audit_events_at'],
  ...['pipeline_runs', 'idx_pipeline_runs_ts'],
  ...['saved_searches', 'saved_searches_name_key', 'sessions', 'idx_sessions_key_hash'],
  ...['notifiers', 'notifiers_name_key', 'alerts', 'alerts_name_key', 'idx_alerts_search'],
  ...['alert_notifiers', 'idx_alert_notifiers_notifier', 'alert_states', 'server_backlogs'],
  ...['alert_events', 'alert_events_alert_id_at_key', 'idx_alert_events_at'],
  ...['alert_deliveries', 'idx_alert_deliveries_next', 'idx_alert_deliveries_order'],
  ...['idx_alert_deliveries_alert', 'idx_alert_deliveries_event', 'idx_alert_deliveries_notifier'],
  ...['archived_partitions', 'idx_archived_partitions_from', 'archive_files', 'archive_files_path_key'],
  ...['idx_archive_files_archived', 'archive_removals', 'idx_archive_removals_archived', 'archive_unlinked'],
  ...['weir_state', 'weir_migrations', 'weir_servers'],
];

export interface DatabaseReport {
  serverVersion: string;
  schemaVersion: number;
  schemaLatest: number;
  /** Tables, partitions and indexes that should exist and do not. */
  missing: string[];
  sizeBytes: number;
  /** Settings that are off, so that a crash of Postgres may lose committed records. */
  unsafeSettings: string[];
}

export async function readDatabaseReport(sql: Sql): Promise<DatabaseReport> {
  const [row] = await sql<{ version: string; size: number; unsafe: string[] }[]>`
    select current_setting('server_version') as version, pg_database_size(current_database()) as size,
      array(select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off') as unsafe`;
  return {
    serverVersion: row!.version,
    schemaVersion: await schemaVersion(sql),
    schemaLatest: (await listMigrations()).at(-1)!.version,
    missing: await readMissing(sql),
    sizeBytes: row!.size,
    unsafeSettings: row!.unsafe,
  };
}

async function readMissing(sql: Sql): Promise<string[]> {
  const missing = await findMissing(sql, RELATIONS);
  for (const table of PARTITIONED_TABLES) {
    if (missing.includes(table.catalog)) continue;
    missing.push(...(await findMissing(sql, await expectedRelations(sql, table))));
  }
  return missing;
}

/** The partitions of a table, and the indexes that each should have in its state. */
async function expectedRelations(sql: Sql, table: PartitionedTable): Promise<string[]> {
  const partitions = await sql<{ name: string; state: 'OPEN' | 'SEALED' }[]>`
    select name, state from ${sql(table.catalog)} order by from_ts`;
  const indexes = { OPEN: openIndexes(table), SEALED: table.indexes };
  return partitions.flatMap(({ name, state }) => [
    name,
    ...indexes[state].map((index) => indexNameOn(table, index, name)),
  ]);
}

/** The names of which no relation exists. An index whose build was interrupted counts as missing. */
async function findMissing(sql: Sql, names: readonly string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(${names as string[]}::text[]) as expected (name)
    where not exists (
      select from pg_class c left join pg_index i on i.indexrelid = c.oid
      where c.oid = to_regclass(expected.name) and i.indisvalid is not false)`;
  return rows.map(({ name }) => name);
}

export interface Activity {
  lastWriteAt: Timestamp | null;
  rowsLastMinute: number | null;
  rowsLastFiveMinutes: number | null;
}

/** What all servers of this database stored lately. Uses `idx_ingest_batches_committed`. */
export async function readActivity(sql: Sql): Promise<Activity> {
  const [row] = await sql<Activity[]>`
    select (select committed_at from ingest_batches order by committed_at desc limit 1) as "lastWriteAt",
      coalesce(sum(rows) filter (where committed_at > now() - interval '1 minute'), 0)::bigint as "rowsLastMinute",
      coalesce(sum(rows), 0)::bigint as "rowsLastFiveMinutes"
    from ingest_batches where committed_at > now() - interval '5 minutes'`;
  return row!;
}
