import type { TailPosition } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { RECORD } from '../schema/columns.ts';

/** A batch as committed. `seq` is commit order. The times are those of its records; null where it stored none. */
export interface BatchRow {
  seq: number;
  id: number;
  from: Timestamp | null;
  to: Timestamp | null;
  rows: number;
}

/** The newest committed batch; seq 0 before the first. Everything up to it is decided. */
export async function readHead(sql: Sql): Promise<TailPosition> {
  const [row] = await sql<{ seq: number; id: number }[]>`select seq, id from ingest_batches order by seq desc limit 1`;
  return { seq: row?.seq ?? 0, batchId: row?.id ?? 0, after: null };
}

/** The next batches in commit order. A number below the last of them that is not among them was rolled back. */
export const readBatchesAfter = (sql: Sql, seq: number, limit: number): Promise<BatchRow[]> => sql<BatchRow[]>`
  select seq, id, from_ts as "from", to_ts as "to", rows from ingest_batches where seq > ${seq} order by seq limit ${limit}`;

export async function readBatch(sql: Sql, seq: number): Promise<BatchRow | undefined> {
  const [row] = await sql<BatchRow[]>`
    select seq, id, from_ts as "from", to_ts as "to", rows from ingest_batches where seq = ${seq}`;
  return row;
}

/** A batch's records by (timestamp, uid), in the partitions that its times name; by `idx_system_logs_batch`. */
export async function readBatchRecords(sql: Sql, { id, from, to }: BatchRow): Promise<LogRecord[]> {
  if (from === null || to === null) return [];
  return sql<LogRecord[]>`
    select ${sql.unsafe(RECORD)} from system_logs
    where batch_id = ${id} and ts >= ${from} and ts <= ${to} order by ts, uid`;
}

/** The highest seq whose row was forgotten: a cursor at or below it cannot be resumed. */
export async function readExpiredThrough(sql: Sql): Promise<number> {
  const [row] = await sql<{ seq: number }[]>`
    select (value #>> '{}')::bigint as seq from weir_state where name = 'cursors_expired_through'`;
  return row?.seq ?? 0;
}

/** How long an idempotency key is answered as the first time. The answer needs its batch: batches are kept no shorter. */
const REQUESTS_KEPT_MS = 86_400_000;

/**
 * Forgets batches and idempotency keys that nobody can ask for any more: all batches below the first that is young enough,
 * so that none is missing behind a cursor that is still known. The newest batch stays: it is the head.
 */
export async function forgetOld(sql: Sql, cursorRetentionMs: number): Promise<void> {
  const batchesKeptMs = Math.max(cursorRetentionMs, REQUESTS_KEPT_MS);
  await sql.begin(async (tx) => {
    await tx`delete from ingest_requests where created_at < now() - ${REQUESTS_KEPT_MS} * interval '1 millisecond'`;
    await tx`
      with forgotten as (
        delete from ingest_batches where seq < coalesce(
          (select seq from ingest_batches
           where committed_at >= now() - ${batchesKeptMs} * interval '1 millisecond' order by committed_at limit 1),
          (select max(seq) from ingest_batches))
        returning seq
      )
      update weir_state set value = to_jsonb(greatest((value #>> '{}')::bigint, highest))
      from (select max(seq) as highest from forgotten) of_them
      where name = 'cursors_expired_through' and highest is not null`;
  });
}

/** The records of several batches that match, by batch id, each in its order; by `idx_system_logs_batch`. */
export async function readRecordsOfBatches(
  sql: Sql,
  filter: Filter,
  batches: BatchRow[],
): Promise<Map<number, LogRecord[]>> {
  const stored = batches.filter((batch) => batch.from !== null && batch.to !== null);
  const from = stored.map((batch) => batch.from!).sort()[0];
  const to = stored
    .map((batch) => batch.to!)
    .sort()
    .at(-1);
  if (from === undefined || to === undefined) return new Map();
  const rows = await sql<(LogRecord & { batch: number })[]>`
    select batch_id as batch, ${sql.unsafe(RECORD)} from system_logs
    where batch_id = any (${stored.map((batch) => batch.id)}::bigint[]) and ts >= ${from} and ts <= ${to}
      and ${filterSql(sql, filter)}
    order by ts, uid`;
  return Map.groupBy(rows, (row) => row.batch);
}

/** Which logs database this is, however a server reaches it. */
export async function readDatabaseId(sql: Sql): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select value #>> '{}' as id from weir_state where name = 'database_id'`;
  return row!.id;
}
