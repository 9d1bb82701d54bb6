import { randomUUID } from 'node:crypto';
import { blocksOf } from '../../src/db/blocks/block.ts';
import { blockStatement } from '../../src/db/blocks/write-blocks.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { rollupStatement } from '../../src/db/rollups/write-deltas.ts';
import { columnOf } from '../../src/db/schema/columns.ts';
import { callRow, contentRow } from '../../src/db/write/insert-calls.ts';
import { FIELD_NAMES } from '../../src/log/fields.ts';
import { levelIndex } from '../../src/log/level.ts';
import type { LlmCall, LlmContent } from '../../src/log/llm-call.ts';
import {
  type Arrival,
  compareRecords,
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

/** The same as the statements of records read it. Model calls are loaded apart, where a question asks for them. */
export function withoutCall(one: NewRecord): Omit<LogRecord, 'llm'> {
  const { llm: _, ...fields } = stored(one);
  return fields;
}

/** A call as it is stored: a chat with `gpt-4o` that cost 0.0012 dollars, unless said otherwise. */
export const llmCall = (call: Partial<LlmCall> = {}): LlmCall => ({
  operation: 'chat',
  counted: true,
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: 'gpt-4o-2024-08-06',
  conversationId: null,
  toolName: null,
  agentName: null,
  inputTokens: 120,
  outputTokens: 30,
  cacheReadTokens: null,
  cacheCreationTokens: null,
  reasoningTokens: null,
  costNanoUsd: 1_200_000,
  costSource: 'SENDER',
  priceVersion: null,
  timeToFirstTokenMs: 350.5,
  finishReasons: ['stop'],
  parameters: { temperature: 0.2 },
  ...call,
});

/** A record that tells of a model call. */
export const calling = (
  draft: Draft = {},
  call: Partial<LlmCall> = {},
  llmContent: LlmContent | null = null,
): NewRecord => ({ ...record(draft), llm: llmCall(call), llmContent });

/**
 * Stores records by a plain insert, with their calls, blocks and rollups, as one batch without a row in `ingest_batches`. Not
 * `isNew`: as an older server did, without blocks and rollups.
 */
export async function insert(sql: Sql, records: readonly NewRecord[], batchId = 1, isNew = true): Promise<void> {
  await createRecordPartitions(sql).ensure(records);
  const rows = records.map((one) => rowOf(one, batchId));
  await insertCalls(sql, records, batchId);
  const blocks = await blocksOf(records.toSorted(compareRecords));
  await sql.begin(async (tx) => {
    await tx`
      insert into system_logs select * from jsonb_populate_recordset(null::system_logs, ${sql.json(rows as never)})`;
    if (isNew) await tx.unsafe(blockStatement(blocks) + rollupStatement(records));
  });
}

/** Stores the model calls of records, and their contents. */
export async function insertCalls(sql: Sql, records: readonly NewRecord[], batchId: number): Promise<void> {
  const calls = records.filter(({ llm }) => llm !== null);
  const rows = {
    llm_logs: calls.map((one) => callRow(one, batchId)),
    llm_contents: calls.filter(({ llmContent }) => llmContent !== null).map(contentRow),
  };
  for (const [table, of] of Object.entries(rows)) {
    if (of.length === 0) continue;
    await sql`
      insert into ${sql(table)} select * from jsonb_populate_recordset(null::${sql(table)}, ${sql.json(of as never)})`;
  }
}

const rowOf = (one: NewRecord, batchId: number): Record<string, unknown> => ({
  ...Object.fromEntries(FIELD_NAMES.map((field) => [columnOf(field), one[field]])),
  batch_id: batchId,
  level: levelIndex(one.severityNumber),
});
