import type { Timestamp } from '../../log/time.ts';
import type { Sql } from '../connection/client.ts';
import { withLocks } from '../connection/lock-attempts.ts';
import { inTransaction } from '../connection/transaction.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { LLM_CONTENTS } from '../schema/partitioned-table.ts';
import { dropPartitions, emptyPartition } from './partition-removal.ts';

/** Rows that one statement deletes at most. */
const SLICE_ROWS = 1000;

/**
 * Removes what models were asked and answered before a time. The calls and their records stay. Each step is a transaction:
 * when `signal` ends the task, finished steps stay done.
 * @returns how many contents were removed
 */
export async function removeExpiredContents(sql: Sql, before: Timestamp, signal: AbortSignal): Promise<number> {
  const emptied: string[] = [];
  let removed = 0;
  for (const { name, from, to } of await readPartitions(sql, LLM_CONTENTS)) {
    if (from >= before || signal.aborted) break;
    const all =
      to <= before
        ? await withLocks(() => inTransaction(sql, (tx) => emptyPartition(tx, LLM_CONTENTS, name)))
        : undefined;
    if (all) emptied.push(name);
    removed += all ? all.rows : await deleteSlices(sql, from, to < before ? to : before, signal);
  }
  if (emptied.length > 0) await withLocks(() => inTransaction(sql, (tx) => dropPartitions(tx, LLM_CONTENTS, emptied)));
  return removed;
}

async function deleteSlices(sql: Sql, from: Timestamp, to: Timestamp, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for (let count = SLICE_ROWS; count === SLICE_ROWS && !signal.aborted; removed += count) {
    ({ count } = await sql`
      with slice as materialized (
        select ts, uid from llm_contents where ts >= ${from}::timestamptz and ts < ${to}::timestamptz
        order by ts, uid limit ${SLICE_ROWS}
      )
      delete from llm_contents using slice
      where llm_contents.ts = slice.ts and llm_contents.uid = slice.uid
        and llm_contents.ts >= ${from}::timestamptz and llm_contents.ts < ${to}::timestamptz
        and llm_contents.ts <= (select max(ts) from slice)`);
  }
  return removed;
}
