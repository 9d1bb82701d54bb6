import type { TailPosition } from '../../log/cursor.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { LogRecord } from '../../log/record.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { RECORD } from '../schema/columns.ts';
import { addCallsOfBatches } from './llm-calls.ts';

/** A committed batch. `seq` is its place in commit order. `from` and `to`: its first and last timestamp, null without records. */
export interface BatchRow {
  seq: number;
  id: number;
  from: Timestamp | null;
  to: Timestamp | null;
  rows: number;
  /** How many of them tell of a model call. */
  calls: number;
}

const BATCH = 'seq, id, from_ts as "from", to_ts as "to", rows, calls';

/** The position after the newest committed batch; seq 0 when there is none. No batch below it can still commit. */
export async function readHead(sql: Sql): Promise<TailPosition> {
  const [row] = await sql<{ seq: number; id: number }[]>`select seq, id from ingest_batches order by seq desc limit 1`;
  return { seq: row?.seq ?? 0, batchId: row?.id ?? 0, after: null };
}

/** The next batches in commit order. A `seq` that is missing below the last one was rolled back. */
export const readBatchesAfter = (sql: Sql, seq: number, limit: number): Promise<BatchRow[]> => sql<BatchRow[]>`
  select ${sql.unsafe(BATCH)} from ingest_batches where seq > ${seq} order by seq limit ${limit}`;

export async function readBatch(sql: Sql, seq: number): Promise<BatchRow | undefined> {
  const [row] = await sql<BatchRow[]>`select ${sql.unsafe(BATCH)} from ingest_batches where seq = ${seq}`;
  return row;
}

/**
 * A batch's records, with their calls, sorted by (timestamp, uid). Reads only partitions of the batch's times. Uses
 * `idx_system_logs_batch`.
 */
export async function readBatchRecords(sql: Sql, batch: BatchRow): Promise<LogRecord[]> {
  const { id, from, to } = batch;
  if (from === null || to === null) return [];
  const records = await sql<LogRecord[]>`
    select ${sql.unsafe(RECORD)} from system_logs
    where batch_id = ${id} and ts >= ${from} and ts <= ${to} order by ts, uid`;
  await addCallsOfBatches(sql, records, [batch]);
  return records;
}

/** The highest `seq` whose batch has expired. A cursor at or below it cannot be resumed. */
export async function readExpiredThrough(sql: Sql): Promise<number> {
  const [row] = await sql<{ seq: number }[]>`
    select (value #>> '{}')::bigint as seq from weir_state where name = 'cursors_expired_through'`;
  return row?.seq ?? 0;
}

/** The matching records of several batches, with their calls, by batch id, each sorted by (timestamp, uid). Uses `idx_system_logs_batch`. */
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
      and ${filterSql(sql, filter, { from, to: justAfter(to) })}
    order by ts, uid`;
  await addCallsOfBatches(sql, rows, stored);
  return Map.groupBy(rows, (row) => row.batch);
}
