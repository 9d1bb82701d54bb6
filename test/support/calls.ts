import type { Sql } from '../../src/db/connection/client.ts';
import type { LlmCall } from '../../src/log/llm-call.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS } from '../../src/log/llm-fields.ts';
import type { NewRecord } from '../../src/log/record.ts';

const CALL: LlmCall = {
  operation: 'chat',
  counted: true,
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: null,
  conversationId: null,
  toolName: null,
  agentName: null,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheCreationTokens: null,
  reasoningTokens: null,
  costNanoUsd: null,
  costSource: null,
  priceVersion: null,
  timeToFirstTokenMs: null,
  finishReasons: [],
  parameters: null,
};

/** The record, as one that tells of a call: a counted one of `gpt-4o`, unless said otherwise. */
export const withCall = (record: NewRecord, call: Partial<LlmCall> = {}): NewRecord => ({
  ...record,
  llm: { ...CALL, ...call },
});

/** Stores the calls of records that are stored. Those that are there already stay. */
export async function insertCalls(sql: Sql, records: readonly NewRecord[]): Promise<void> {
  const rows = records.flatMap((record) => (record.llm ? [rowOf(record, record.llm)] : []));
  if (rows.length === 0) return;
  await sql`create table if not exists llm_logs_rest partition of llm_logs default`;
  await sql`
    insert into llm_logs select called.* from jsonb_populate_recordset(null::llm_logs, ${sql.json(rows as never)}) as called
    where exists (select from system_logs where system_logs.ts = called.ts and system_logs.uid = called.uid)
    on conflict do nothing`;
}

const rowOf = (record: NewRecord, call: LlmCall): Record<string, unknown> => ({
  ...Object.fromEntries(LLM_FIELD_NAMES.map((field) => [LLM_FIELDS[field].column, call[field]])),
  ts: record.timestamp,
  uid: record.uid,
  batch_id: 1,
  service: record.service,
  component: record.component,
  environment: record.environment,
  user_id: record.userId,
  correlation_id: record.correlationId,
  pipeline_id: record.pipelineId,
  duration_ms: record.durationMs,
  has_error: record.severityNumber >= 17 || record.errorType !== null,
});
