import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { mirrorsOf, type PartitionedTable } from '../schema/partitioned-table.ts';

export interface StoredPartition extends TimeSpan {
  name: string;
  state: 'OPEN' | 'SEALED';
  /** Counted when the partition is small, otherwise Postgres' estimate. */
  rows: number;
  /** Including indexes, and what belongs to its rows in other tables. */
  bytes: number;
}

/** A partition whose rows take at most this is counted: the estimate is late, and the error shows in a small partition. */
const COUNTED_BYTES_MAX = 2 * 1024 * 1024;

/** Oldest first. */
export async function readPartitionSizes(sql: Sql, table: PartitionedTable): Promise<StoredPartition[]> {
  const estimated = await readEstimates(sql, table);
  const small = estimated.filter(({ heapBytes }) => heapBytes <= COUNTED_BYTES_MAX);
  const counts = await countRows(sql, table, small);
  return estimated.map(({ heapBytes: _, ...partition }) => ({
    ...partition,
    rows: counts.get(partition.name) ?? partition.rows,
  }));
}

/** `reltuples` is -1 before the first analyze. `n_live_tup` is lost in a crash. */
const readEstimates = (sql: Sql, table: PartitionedTable) => sql<(StoredPartition & { heapBytes: number })[]>`
  select name, from_ts as "from", to_ts as "to", state,
    coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), greatest(c.reltuples, 0)::bigint) as rows,
    pg_total_relation_size(c.oid) ${mirrorBytes(sql, table)} as bytes, pg_relation_size(c.oid) as "heapBytes"
  from ${sql(table.catalog)} as listed join pg_class c on c.oid = to_regclass(name)
  order by from_ts`;

const mirrorBytes = (sql: Sql, table: PartitionedTable): Fragment =>
  mirrorsOf(table)
    .map(
      ({ catalog }) => sql`+ coalesce((
        select sum(pg_total_relation_size(to_regclass(mirror.name))) from ${sql(catalog)} as mirror
        where mirror.from_ts >= listed.from_ts and mirror.from_ts < listed.to_ts), 0)::bigint`,
    )
    .reduce((all, one) => sql`${all} ${one}`, sql``);

async function countRows(
  sql: Sql,
  table: PartitionedTable,
  partitions: readonly StoredPartition[],
): Promise<Map<string, number>> {
  if (partitions.length === 0) return new Map();
  const rows = await sql<{ name: string; count: number }[]>`
    select name, counted.count
    from unnest(${partitions.map(({ name }) => name)}::text[], ${partitions.map(({ from }) => from)}::timestamptz[],
      ${partitions.map(({ to }) => to)}::timestamptz[]) as small (name, from_ts, to_ts)
    cross join lateral (
      select count(*) as count from ${sql(table.name)}
      where ts >= small.from_ts and ts < small.to_ts
        and ts >= ${partitions[0]!.from}::timestamptz and ts < ${partitions.at(-1)!.to}::timestamptz
    ) counted`;
  return new Map(rows.map(({ name, count }) => [name, count]));
}
