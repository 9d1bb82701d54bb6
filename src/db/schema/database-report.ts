import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { indexNameOn, OPEN_INDEXES, readTrigramSchema, sealedIndexes } from './indexes.ts';
import { listMigrations, schemaVersion } from './migrate.ts';

/** What migrations make: tables, and their indexes but for primary keys, without which nothing could be stored. */
const RELATIONS = [
  ...['system_logs', 'log_partitions', 'idx_log_partitions_from'],
  ...['ingest_batches', 'ingest_batches_key_key', 'ingest_batches_seq_key', 'idx_ingest_batches_committed'],
  ...['ingest_requests', 'idx_ingest_requests_created'],
  ...['log_rollups', 'idx_log_rollups_step', 'log_rollup_gaps', 'idx_log_rollup_gaps_to'],
  ...['weir_state', 'weir_migrations'],
];

export interface DatabaseReport {
  serverVersion: string;
  schemaVersion: number;
  schemaLatest: number;
  missing: string[];
  sizeBytes: number;
  /** Settings without which a crash may lose what was committed. */
  unsafeSettings: string[];
}

export async function inspectDatabase(sql: Sql): Promise<DatabaseReport> {
  const [row] = await sql<{ version: string; size: number; unsafe: string[] }[]>`
    select current_setting('server_version') as version, pg_database_size(current_database()) as size,
      array(select name from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off') as unsafe`;
  return {
    serverVersion: row!.version,
    schemaVersion: await schemaVersion(sql),
    schemaLatest: (await listMigrations()).length,
    missing: await readMissing(sql),
    sizeBytes: row!.size,
    unsafeSettings: row!.unsafe,
  };
}

/** Tables, partitions, the indexes that they should have in their state, and the extension that one kind of them needs. */
async function readMissing(sql: Sql): Promise<string[]> {
  const missing = await notThere(sql, RELATIONS);
  if (missing.includes('log_partitions')) return missing;
  const trigramSchema = await readTrigramSchema(sql);
  if (trigramSchema === null) missing.push('extension pg_trgm');
  const partitions = await sql<{ name: string; state: 'OPEN' | 'SEALED' }[]>`
    select name, state from log_partitions order by from_ts`;
  const sealed = sealedIndexes(trigramSchema);
  const expected = partitions.flatMap(({ name, state }) => [
    name,
    ...(state === 'SEALED' ? sealed : OPEN_INDEXES).map((index) => indexNameOn(index, name)),
  ]);
  return [...missing, ...(await notThere(sql, expected))];
}

/** An index whose build was interrupted is not there. */
async function notThere(sql: Sql, names: readonly string[]): Promise<string[]> {
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

/** What all servers of this database stored lately; by `idx_ingest_batches_committed`. */
export async function readActivity(sql: Sql): Promise<Activity> {
  const [row] = await sql<Activity[]>`
    select (select committed_at from ingest_batches order by committed_at desc limit 1) as "lastWriteAt",
      coalesce(sum(rows) filter (where committed_at > now() - interval '1 minute'), 0)::bigint as "rowsLastMinute",
      coalesce(sum(rows), 0)::bigint as "rowsLastFiveMinutes"
    from ingest_batches where committed_at > now() - interval '5 minutes'`;
  return row!;
}
