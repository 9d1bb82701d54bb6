import { EVERYTHING } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { walkColumns } from './walk.ts';

export interface StoredPartition extends TimeSpan {
  name: string;
  state: 'OPEN' | 'SEALED';
  /** Counted where the partition is small, else Postgres' estimate. */
  rows: number;
  /** With indexes. */
  bytes: number;
}

export interface StorageReport {
  /** Of all partitions together. */
  sizeBytes: number;
  rows: number;
  oldest: Timestamp | null;
  newest: Timestamp | null;
  /** Oldest first. */
  partitions: StoredPartition[];
}

/** Partitions whose rows take no more than this are counted: an estimate lags behind, which shows in small ones. */
const COUNTED_BYTES_MAX = 2 * 1024 * 1024;

export async function readStorage(sql: Sql): Promise<StorageReport> {
  const estimated = await readPartitionSizes(sql);
  const counts = await countRows(
    sql,
    estimated.filter(({ heapBytes }) => heapBytes <= COUNTED_BYTES_MAX),
  );
  const partitions = estimated.map(({ heapBytes: _, ...partition }) => ({
    ...partition,
    rows: counts.get(partition.name) ?? partition.rows,
  }));
  return {
    sizeBytes: partitions.reduce((sum, { bytes }) => sum + bytes, 0),
    rows: partitions.reduce((sum, { rows }) => sum + rows, 0),
    oldest: await readEnd(sql, false),
    newest: await readEnd(sql, true),
    partitions,
  };
}

/** `reltuples` is -1 before the first analyze; `n_live_tup` is lost in a crash. */
const readPartitionSizes = (sql: Sql) => sql<(StoredPartition & { heapBytes: number })[]>`
  select name, from_ts as "from", to_ts as "to", state,
    coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), greatest(c.reltuples, 0)::bigint) as rows,
    pg_total_relation_size(c.oid) as bytes, pg_relation_size(c.oid) as "heapBytes"
  from log_partitions join pg_class c on c.oid = to_regclass(name)
  order by from_ts`;

async function countRows(sql: Sql, partitions: readonly StoredPartition[]): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const rows = await sql<{ name: string; count: number }[]>`
    select name, counted.count
    from unnest(${partitions.map(({ name }) => name)}::text[], ${partitions.map(({ from }) => from)}::timestamptz[],
      ${partitions.map(({ to }) => to)}::timestamptz[]) as small (name, from_ts, to_ts)
    cross join lateral (
      select count(*) as count from system_logs
      where ts >= small.from_ts and ts < small.to_ts
        and ts >= ${partitions[0]!.from}::timestamptz and ts < ${partitions.at(-1)!.to}::timestamptz
    ) counted`;
  return new Map(rows.map(({ name, count }) => [name, count]));
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
