import { randomUUID } from 'node:crypto';
import type { Sql } from '../../src/db/connection/client.ts';
import { ensurePartitions } from '../../src/db/partitions/partitions.ts';
import { rollupStatement } from '../../src/db/rollups/write-deltas.ts';
import { columnOf } from '../../src/db/schema/columns.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { FIELD_NAMES } from '../../src/log/fields.ts';
import { ERROR_SEVERITY, levelIndex } from '../../src/log/level.ts';
import type { LlmCall } from '../../src/log/llm-call.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS } from '../../src/log/llm-fields.ts';
import {
  type Arrival,
  type Draft,
  isRejection,
  type LogRecord,
  makeRecord,
  type NewRecord,
} from '../../src/log/record.ts';

export const ARRIVAL: Arrival = {
  receivedAt: '2026-11-21T12:00:00.000000Z',
  oldest: '1900-01-01T00:00:00.000000Z',
  newest: '2100-01-01T00:00:00.000000Z',
  environment: null,
  deploymentVersion: null,
  stamp: null,
  redactor: null,
};

/** A record as it would be stored: INFO from `billing` at a fixed time, unless said otherwise. */
export function record(draft: Draft = {}): NewRecord {
  const made = makeRecord(
    { uid: randomUUID(), timestamp: ARRIVAL.receivedAt, message: 'something happened', service: 'billing', ...draft },
    ARRIVAL,
  );
  if (isRejection(made)) throw new Error(`expected a record that can be stored: ${made.reason}`);
  return made;
}

/** What a question answers of a record. */
export function stored({ uidGiven: _, bytes: __, at: ___, llmContent: ____, ...fields }: NewRecord): LogRecord {
  return fields;
}

/** Stores records by a plain insert, with their rollups, as one batch without a row in `ingest_batches`. */
export async function insert(sql: Sql, records: readonly NewRecord[], batchId = 1, rolledUp = true): Promise<void> {
  await ensurePartitions(
    sql,
    SYSTEM_LOGS,
    records.map(({ timestamp }) => timestamp),
  );
  const rows = records.map((one) => rowOf(one, batchId));
  await insertCalls(sql, records, batchId);
  await sql.begin(async (tx) => {
    await tx`
      insert into system_logs select * from jsonb_populate_recordset(null::system_logs, ${sql.json(rows as never)})`;
    if (rolledUp) await tx.unsafe(rollupStatement(records));
  });
}

/** Stores the model calls of records, in one partition for all times. */
export async function insertCalls(sql: Sql, records: readonly NewRecord[], batchId: number): Promise<void> {
  const rows = records.flatMap((one) => (one.llm === null ? [] : [callRowOf(one, one.llm, batchId)]));
  if (rows.length === 0) return;
  await sql.unsafe('create table if not exists llm_logs_rest partition of llm_logs default');
  await sql`insert into llm_logs select * from jsonb_populate_recordset(null::llm_logs, ${sql.json(rows as never)})`;
}

const callRowOf = (one: NewRecord, call: LlmCall, batchId: number): Record<string, unknown> => ({
  ...Object.fromEntries(LLM_FIELD_NAMES.map((field) => [LLM_FIELDS[field].column, call[field]])),
  ...Object.fromEntries(
    (
      [
        'timestamp',
        'uid',
        'service',
        'component',
        'environment',
        'userId',
        'correlationId',
        'pipelineId',
        'durationMs',
      ] as const
    ).map((field) => [columnOf(field), one[field]]),
  ),
  batch_id: batchId,
  has_error: one.severityNumber >= ERROR_SEVERITY || one.errorType !== null,
});

const rowOf = (one: NewRecord, batchId: number): Record<string, unknown> => ({
  ...Object.fromEntries(FIELD_NAMES.map((field) => [columnOf(field), one[field]])),
  batch_id: batchId,
  level: levelIndex(one.severityNumber),
});
