import { randomUUID } from 'node:crypto';
import type { Sql } from '../../src/db/connection/client.ts';
import { ensurePartitions } from '../../src/db/partitions/partitions.ts';
import { rollupStatement } from '../../src/db/rollups/write-deltas.ts';
import { columnOf } from '../../src/db/schema/columns.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { FIELD_NAMES } from '../../src/log/fields.ts';
import { levelIndex } from '../../src/log/level.ts';
import {
  type Arrival,
  type Draft,
  isRejection,
  type LogRecord,
  makeRecord,
  type NewRecord,
} from '../../src/log/record.ts';

const ARRIVAL: Arrival = {
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
  await sql.begin(async (tx) => {
    await tx`
      insert into system_logs select * from jsonb_populate_recordset(null::system_logs, ${sql.json(rows as never)})`;
    if (rolledUp) await tx.unsafe(rollupStatement(records));
  });
}

const rowOf = (one: NewRecord, batchId: number): Record<string, unknown> => ({
  ...Object.fromEntries(FIELD_NAMES.map((field) => [columnOf(field), one[field]])),
  batch_id: batchId,
  level: levelIndex(one.severityNumber),
});
