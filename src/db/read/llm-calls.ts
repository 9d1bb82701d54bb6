import type { Position } from '../../log/cursor.ts';
import type { LlmCall, LlmContent } from '../../log/llm-call.ts';
import type { LogRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { spanOf } from '../../log/time-span.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { LLM_CALL } from '../schema/columns.ts';
import { readAt } from './read-by-position.ts';

/** What finds the calls of a committed batch. `from`, `to`: its first and last timestamp, null without records. */
interface BatchOfCalls {
  id: number;
  from: Timestamp | null;
  to: Timestamp | null;
  calls: number;
}

// Records are read without their model calls. A query reads calls when `Log.llm` is selected, by positions; a tail reads those of
// the batches that have some. A record that is removed between the two statements has no call any more.

/** The calls of the records at these positions, in the same order; null where there is none. Do not ask for records out of scope. */
export async function readCalls(sql: Sql, positions: readonly Position[]): Promise<(LlmCall | null)[]> {
  const calls: (LlmCall | null)[] = positions.map(() => null);
  for (const { index, ...call } of await readAt<LlmCall>(sql, 'llm_logs', LLM_CALL, positions)) calls[index] = call;
  return calls;
}

/** What is kept of the contents of these records' calls, in the same order. */
export async function readContents(sql: Sql, positions: readonly Position[]): Promise<(LlmContent | null)[]> {
  const contents: (LlmContent | null)[] = positions.map(() => null);
  for (const { index, ...content } of await readAt<LlmContent>(sql, 'llm_contents', 'input, output', positions)) {
    contents[index] = content;
  }
  return contents;
}

/** Adds the calls to records of these batches, in place. Without calls in the batches there is no statement. Uses `idx_llm_logs_batch`. */
export async function addCallsOfBatches(
  sql: Sql,
  records: readonly LogRecord[],
  batches: readonly BatchOfCalls[],
): Promise<void> {
  for (const record of records) record.llm = null;
  const withCalls = batches.filter(({ calls }) => calls > 0);
  if (withCalls.length === 0 || records.length === 0) return;
  const ids = withCalls.map(({ id }) => id);
  const span = spanOf(withCalls.flatMap(({ from, to }) => [from!, to!]));
  const rows = await readBoth(
    sql,
    span,
    (store) => store<(LlmCall & Position)[]>`
      select ts as "timestamp", uid, ${store.unsafe(LLM_CALL)} from llm_logs
      where batch_id = any(${ids}::bigint[]) and ${within(store, span)}`,
  );
  const calls = new Map(rows.map(({ timestamp, uid, ...call }) => [keyOf({ timestamp, uid }), call]));
  for (const record of records) record.llm = calls.get(keyOf(record)) ?? null;
}

/** Adds their calls to records, in place. */
export async function addCalls(sql: Sql, records: readonly LogRecord[]): Promise<void> {
  const calls = await readCalls(sql, records);
  for (const [index, record] of records.entries()) record.llm = calls[index] ?? null;
}

const keyOf = ({ timestamp, uid }: Position): string => `${timestamp} ${uid}`;
