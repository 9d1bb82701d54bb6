import type { Client } from 'pg';
import { ERROR_SEVERITY } from '../../log/level.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS } from '../../log/llm-fields.ts';
import type { NewRecord } from '../../log/record.ts';
import { gapsAt } from '../rollups/delta-text.ts';
import { LLM_ROLLUPS } from '../rollups/rollup.ts';

type Row = Record<string, unknown>;

/**
 * Inserts the model calls of these records, which the same transaction has inserted, and what is kept of their contents. A
 * batch without calls costs no statement.
 * @returns whether contents were inserted
 */
export async function insertCalls(client: Client, records: readonly NewRecord[], batchId: number): Promise<boolean> {
  const calls = records.filter(({ llm }) => llm !== null);
  if (calls.length === 0) return false;
  const hadOrphans = await insertRows(
    client,
    'llm_logs',
    calls.map((record) => callRow(record, batchId)),
  );
  // The rollups have the orphans too, so they are counted again.
  if (hadOrphans) await client.query(gapsAt(LLM_ROLLUPS, calls));
  const contents = calls.filter(({ llmContent }) => llmContent !== null);
  if (contents.length === 0) return false;
  await insertRows(client, 'llm_contents', contents.map(contentRow));
  return true;
}

/**
 * Calls are few beside records, so that JSON is quick enough here. A conflict is possible only with an orphan: a row whose record
 * a server of the version before has removed, for it does not know these tables. The new row replaces it.
 * @returns whether there were orphans
 */
async function insertRows(client: Client, table: 'llm_logs' | 'llm_contents', rows: readonly Row[]): Promise<boolean> {
  const all = `json_populate_recordset(null::${table}, $1)`;
  const json = [JSON.stringify(rows)];
  const insert = `insert into ${table} select * from ${all} on conflict (ts, uid) do nothing`;
  const { rowCount } = await client.query(insert, json);
  if (rowCount === rows.length) return false;
  await client.query(`delete from ${table} where (ts, uid) in (select ts, uid from ${all})`, json);
  await client.query(insert, json);
  return true;
}

export function callRow(record: NewRecord, batchId: number): Row {
  const row: Row = { ...keyOf(record), batch_id: batchId };
  for (const field of LLM_FIELD_NAMES) row[LLM_FIELDS[field].column] = record.llm![field];
  row.service = record.service;
  row.component = record.component;
  row.environment = record.environment;
  row.user_id = record.userId;
  row.correlation_id = record.correlationId;
  row.pipeline_id = record.pipelineId;
  row.duration_ms = record.durationMs;
  row.has_error = record.severityNumber >= ERROR_SEVERITY || record.errorType !== null;
  return row;
}

export const contentRow = (record: NewRecord): Row => ({ ...keyOf(record), ...record.llmContent });

const keyOf = ({ timestamp, uid }: NewRecord): Row => ({ ts: timestamp, uid });
