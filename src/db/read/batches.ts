import type { TailPosition } from '../../log/cursor.ts';
import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { compareRecords, type LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { spanOf } from '../../log/time-span.ts';
import { inArchiveSnapshot, mayBeArchived } from '../archive/archive-in.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
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
 * `idx_system_logs_batch`. A batch is read soon after its commit: only one that is not whole in PostgreSQL is looked for in the archive.
 */
export async function readBatchRecords(sql: Sql, batch: BatchRow): Promise<LogRecord[]> {
  const { id, from, to } = batch;
  if (from === null || to === null) return [];
  const records = await sql<LogRecord[]>`
    select ${sql.unsafe(RECORD)} from system_logs
    where batch_id = ${id} and ts >= ${from} and ts <= ${to} order by ts, uid`;
  if (records.length < batch.rows && mayBeArchived(sql)) {
    return (await readRecordsOfBatches(sql, EVERYTHING, [batch])).get(id) ?? [];
  }
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
  batches: readonly BatchRow[],
): Promise<Map<number, LogRecord[]>> {
  const stored = batches.filter((batch) => batch.from !== null && batch.to !== null);
  if (stored.length === 0) return new Map();
  const span = spanOf(stored.flatMap(({ from, to }) => [from!, to!]));
  const ids = stored.map((batch) => batch.id);
  return inArchiveSnapshot(sql, async (tx) => {
    const rows = await readBoth(
      tx,
      span,
      (store) => store<(LogRecord & { batch: number })[]>`
        select batch_id as batch, ${store.unsafe(RECORD)} from system_logs
        where batch_id = any(${ids}::bigint[]) and ${within(store, span)} and ${filterSql(store, filter, span)}
        order by ts, uid`,
    );
    await addCallsOfBatches(tx, rows, stored);
    return Map.groupBy(rows.sort(compareRecords), ({ batch }) => batch);
  });
}
